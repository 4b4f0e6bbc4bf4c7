/** What the platform itself sends to a peer, past aedes: commands, desired documents, errors. */
import type {Client} from 'aedes';
import {generate} from 'mqtt-packet';
import {devicePrefix, filterMatches} from '../domain/topic.js';
import type {Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import {CUT_OFF_BYTES, type OwnMessage} from './outbound.js';

export class Downlink {
  readonly #connection: Connection;
  readonly #host: ConnectionHost;

  constructor(connection: Connection, host: ConnectionHost) {
    this.#connection = connection;
    this.#host = host;
  }

  /** The QoS at which this device subscribed to a topic, or undefined. */
  subscribedQos(topic: string): number | undefined {
    const client = this.#connection.client as
      | (Client & {subscriptions: Record<string, {qos: number}>})
      | undefined;
    for (const [filter, {qos}] of Object.entries(client?.subscriptions ?? {}))
      if (filterMatches(filter, topic)) return qos;
    return undefined;
  }

  /** Sends a command; its PUBACK is reported as delivered. False when the device did not subscribe to it. */
  sendCommand(id: string, topic: string, payload: string): boolean {
    const message = {commandId: id, acknowledged: () => this.#host.delivered(id)};
    const outcome = this.send(topic, payload, message);
    return outcome === 'sent' || outcome === 'open';
  }

  /**
   * Sends a message to the device, with the QoS that it subscribed with. `open`: its PUBACK is waited for. `refused`: it
   * did not subscribe, or is gone. `dropped`: it takes no packet of that size.
   */
  send(topic: string, payload: string, message: OwnMessage): 'sent' | 'open' | 'refused' | 'dropped' {
    const connection = this.#connection;
    const {outbound} = connection;
    const qos = this.subscribedQos(topic);
    if (qos === undefined || connection.destroyed) return 'refused';
    if (qos > 0) {
      const encode = (packetId: number): Buffer => this.#encode(topic, payload, 1, packetId);
      return outbound.sendOwn(message, encode) ? 'open' : 'dropped';
    }
    const packet = this.#encode(topic, payload, 0, undefined);
    if (outbound.isTooLarge(packet)) return 'dropped';
    connection.send(packet);
    if (connection.unreadBytes > CUT_OFF_BYTES) connection.cutOff('subscriber does not read');
    return 'sent';
  }

  /** MQTT 3.1.1 has no reason in PUBACK: a device that subscribed to its `error` topic learns of it there. */
  tellForbidden(topic: string): void {
    const {identity} = this.#connection;
    if (identity?.kind !== 'device') return;
    const detail = 'not a topic that this device may publish to';
    this.tellError(devicePrefix(identity.tenant, identity.device), {topic, code: 'IOT_FORBIDDEN', detail});
  }

  /** On the topic below that prefix: a gateway hears of its child's errors. */
  tellError(prefix: string, error: {topic: string; code: string; detail: string}): void {
    const topic = `${prefix}error`;
    if (this.subscribedQos(topic) === undefined || !this.#connection.mayReceive(topic)) return;
    this.#connection.send(this.#encode(topic, JSON.stringify(error), 0, undefined));
  }

  #encode(topic: string, payload: string, qos: 0 | 1, messageId: number | undefined): Buffer {
    return generate(
      {
        cmd: 'publish',
        topic: this.#connection.named(topic),
        payload,
        qos,
        dup: false,
        retain: false,
        ...(messageId ? {messageId} : {}),
      },
      {protocolVersion: this.#connection.version},
    );
  }
}
