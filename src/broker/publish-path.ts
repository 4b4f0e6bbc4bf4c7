/**
 * The way of what a device publishes: from its packet into the event stream, without passing through aedes. The
 * PUBACK leaves when the event is on disk.
 */
import {devicePrefix, expandAlias, type UpTopic} from '../domain/topic.js';
import {upTopicOf} from './access.js';
import type {Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import {eventOfPublish, type Sender} from './event-of-publish.js';

/** Topics that one connection's cache remembers: devices use a few, again and again. */
const TOPICS_MAX = 64;

interface Known {
  readonly canonical: string;
  readonly meaning: UpTopic | undefined;
}

export interface DevicePublish {
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly packetId: number;
  readonly payload: Buffer;
}

export class PublishPath {
  readonly #connection: Connection;
  readonly #host: ConnectionHost;
  readonly #sender: Sender;
  readonly #prefix: string;
  readonly #topics = new Map<string, Known>();

  constructor(connection: Connection, host: ConnectionHost, {tenant, device}: Sender) {
    this.#connection = connection;
    this.#host = host;
    this.#sender = {tenant, device};
    this.#prefix = devicePrefix(tenant, device);
  }

  /** False when the topic is not this device's: the caller answers as its MQTT version demands. */
  take({topic, qos, packetId, payload}: DevicePublish, nowMs: number): boolean {
    const known = this.#topics.get(topic) ?? this.#learn(topic);
    if (known.meaning === undefined) return false;
    const event = eventOfPublish(this.#sender, known.meaning, payload, nowMs);
    this.#host.ingest.append(event, () => {
      if (qos === 1) this.#connection.acknowledger.acknowledge(packetId);
      this.#host.offer(known.canonical, payload, qos);
    });
    return true;
  }

  #learn(topic: string): Known {
    const known = {canonical: expandAlias(topic, this.#prefix), meaning: upTopicOf(topic, this.#prefix)};
    if (this.#topics.size >= TOPICS_MAX) this.#topics.clear();
    this.#topics.set(topic, known);
    return known;
  }
}
