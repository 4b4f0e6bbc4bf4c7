/** What a PUBLISH of MQTT 5 says about its answer, among its other properties (MQTT 5, 2.2.2.2). */
import {MalformedPacket} from './malformed-packet.js';

interface ResponseProperties {
  readonly responseTopic?: Buffer;
  readonly correlationData?: Buffer;
}

const CONTENT_TYPE = 0x03;
const RESPONSE_TOPIC = 0x08;
const CORRELATION_DATA = 0x09;
const SUBSCRIPTION_IDENTIFIER = 0x0b;
const USER_PROPERTY = 0x26;
/** Payload format, expiry and topic alias, by their lengths. */
const FIXED_BYTES: Readonly<Record<number, number>> = {1: 1, 2: 4, 35: 2};

/** Views of the properties, not copies. Throws `MalformedPacket`. */
export function readResponseProperties(properties: Buffer = Buffer.alloc(0)): ResponseProperties {
  const found: {responseTopic?: Buffer; correlationData?: Buffer} = {};
  let at = 0;
  const next = (): Buffer => {
    const start = at + 2;
    at = start <= properties.length ? start + properties.readUInt16BE(at) : Infinity;
    if (at > properties.length) throw new MalformedPacket('a property that is longer than all of them');
    return properties.subarray(start, at);
  };
  while (at < properties.length) {
    const id = properties[at++]!;
    if (id === RESPONSE_TOPIC) found.responseTopic = next();
    else if (id === CORRELATION_DATA) found.correlationData = next();
    else if (id === CONTENT_TYPE) next();
    else if (id === USER_PROPERTY) {
      next();
      next();
    } else if (id === SUBSCRIPTION_IDENTIFIER) {
      while (properties[at]! > 0x7f) at++;
      at++;
    } else if (FIXED_BYTES[id] === undefined) throw new MalformedPacket(`a PUBLISH with property ${id}`);
    else at += FIXED_BYTES[id];
  }
  return found;
}
