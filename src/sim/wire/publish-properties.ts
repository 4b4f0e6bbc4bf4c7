/** The properties of an MQTT 5 PUBLISH as bytes: encoded once for many packets, and of what comes, read only when asked for. */
import type {IPublishPacket, UserProperties} from 'mqtt-packet';
import {encodePacket} from './control-packets.js';

/** Properties with their length before them (MQTT 5, 2.2.2). */
export type EncodedProperties = Buffer;

/** MQTT 5, 3.3.2.3, without those that only a broker may set. */
export interface PublishProperties {
  readonly payloadFormatIndicator?: boolean;
  readonly messageExpiryInterval?: number;
  readonly responseTopic?: string;
  readonly correlationData?: Buffer;
  readonly contentType?: string;
  readonly userProperties?: UserProperties;
}

const TOPIC = 'x';
/** Where properties begin in a PUBLISH of QoS 0: after the topic. */
const TOPIC_BYTES = 2 + TOPIC.length;

/** Throws `IOT_USAGE` for what MQTT 5 does not allow. */
export function encodePublishProperties({
  userProperties = {},
  ...properties
}: PublishProperties): EncodedProperties {
  // mqtt-packet writes nothing at all when there are none in the object.
  const hasUser = Object.keys(userProperties).length > 0;
  const packet: IPublishPacket = {
    cmd: 'publish',
    topic: TOPIC,
    payload: '',
    qos: 0,
    dup: false,
    retain: false,
    properties: hasUser ? {...properties, userProperties} : properties,
  };
  const bytes = encodePacket(packet, 5);
  let bodyAt = 1;
  while (bytes[bodyAt]! > 0x7f) bodyAt++;
  return bytes.subarray(bodyAt + 1 + TOPIC_BYTES);
}
