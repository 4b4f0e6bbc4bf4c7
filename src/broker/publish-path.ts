/**
 * The way of what a device publishes: from its packet into the event stream, without passing through aedes. The
 * PUBACK leaves when the event is on disk.
 */
import type {DeviceIdentity} from '../domain/identity.js';
import {type Spoken, spokenBy} from './access.js';
import type {Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import {eventOfPublish, type Sender} from './event-of-publish.js';
import type {ModelCheck} from './model-checks.js';

/** Topics that one connection's cache remembers: devices use a few, again and again. */
const TOPICS_MAX = 64;

export interface DevicePublish {
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly packetId: number;
  readonly payload: Buffer;
}

type Known = Spoken & {readonly sender: Sender};

export class PublishPath {
  readonly #connection: Connection;
  readonly #host: ConnectionHost;
  #identity: DeviceIdentity;
  readonly #topics = new Map<string, Known | undefined>();

  constructor(connection: Connection, host: ConnectionHost, identity: DeviceIdentity) {
    this.#connection = connection;
    this.#host = host;
    this.#identity = identity;
  }

  /** False when the topic is not this device's: the caller answers as its MQTT version demands. */
  take({topic, qos, packetId, payload}: DevicePublish, nowMs: number): boolean {
    this.#renew();
    const spoken = this.#topics.get(topic) ?? this.#learn(topic);
    if (spoken === undefined) return false;
    if (spoken.sender.via !== undefined) this.#connection.heard(spoken.sender.device, nowMs);
    if (spoken.topic.kind === 'twin-get') {
      this.#host.twinWanted(this.#connection, spoken.sender.device);
      if (qos === 1) this.#connection.acknowledger.acknowledge(packetId);
      return true;
    }
    const event = eventOfPublish(spoken.sender, spoken.topic, payload, nowMs);
    this.#host.ingest.append(event, () => {
      if (qos === 1) this.#connection.acknowledger.acknowledge(packetId);
      this.#host.offer(spoken.canonical, payload, qos);
    });
    return true;
  }

  /** Its rights may be others since the last message: whom it may speak for above all. */
  #renew(): void {
    const {identity} = this.#connection;
    if (identity === this.#identity || identity?.kind !== 'device') return;
    this.#identity = identity;
    this.#topics.clear();
  }

  #learn(topic: string): Known | undefined {
    const spoken = spokenBy(this.#identity, topic);
    const known = spoken && {...spoken, sender: {...spoken.sender, model: this.#modelOf(spoken)}};
    if (this.#topics.size >= TOPICS_MAX) this.#topics.clear();
    this.#topics.set(topic, known);
    return known;
  }

  #modelOf({model}: Spoken): ModelCheck | undefined {
    return this.#host.models.of(this.#identity.tenant, model);
  }
}
