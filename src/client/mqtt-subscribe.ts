/** Subscribes over one connection and gives the messages as they come; the broker has to wait for a slow reader. */
import {EventEmitter, once} from 'node:events';
import type {IPublishPacket} from 'mqtt';
import {type Connection, type QoS, refusal} from './mqtt-connect.js';

export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Unix milliseconds. */
  readonly receivedMs: number;
  /** MQTT 5 only. */
  readonly contentType: string | undefined;
  readonly responseTopic: string | undefined;
  readonly correlationData: Buffer | undefined;
  readonly userProperties: Readonly<Record<string, string | string[]>> | undefined;
}

/** Messages that wait for the reader before the connection is no longer read. */
const WAITING_MAX = 1000;
/** SUBACK: this filter was not granted (MQTT 3.1.1, 3.9.3; every failure of MQTT 5 is at or above it). */
const REFUSED = 0x80;

/**
 * Subscribes and resolves once the broker has granted every filter. The messages end when the signal aborts; they
 * throw `IOT_BROKER_UNREACHABLE` or `IOT_MQTT_REFUSED` when the connection is lost before that.
 * Throws `IOT_MQTT_REFUSED` when a filter is not granted.
 */
export async function subscribeMqtt(
  connection: Connection,
  filters: readonly string[],
  options: {readonly qos: QoS; readonly signal: AbortSignal},
): Promise<AsyncGenerator<MqttMessage>> {
  const inbox = new Inbox(connection);
  await grant(connection, filters, options.qos);
  return inbox.messages(options.signal);
}

async function grant(connection: Connection, filters: readonly string[], qos: QoS): Promise<void> {
  const answer = new Promise<readonly number[]>((resolve, reject) => {
    connection.client.subscribe([...filters], {qos}, (error, _granted, packet) => {
      if (packet !== undefined) resolve(packet.granted as readonly number[]);
      else reject(error ?? new Error('no SUBACK'));
    });
  });
  const gone = once(connection.ended, 'abort').then(() => undefined);
  const codes = connection.ended.aborted ? undefined : await Promise.race([answer, gone]);
  if (codes === undefined) throw connection.lost()!;
  const index = codes.findIndex(code => code >= REFUSED);
  if (index >= 0) {
    throw refusal(codes[index]!, `the broker refused the subscription to ${JSON.stringify(filters[index])}`);
  }
}

class Inbox {
  private readonly waiting: MqttMessage[] = [];
  private readonly arrival = new EventEmitter();
  /** Lets the client go on reading. */
  private resume: (() => void) | undefined;

  constructor(private readonly connection: Connection) {
    connection.client.on('message', (topic, payload, packet) => {
      this.waiting.push(messageOf(topic, payload, packet));
      this.arrival.emit('message');
    });
    connection.client.handleMessage = (_packet, done) => {
      if (this.waiting.length < WAITING_MAX) done();
      else this.resume = done;
    };
  }

  async *messages(signal: AbortSignal): AsyncGenerator<MqttMessage> {
    const {ended} = this.connection;
    const stop = AbortSignal.any([signal, ended]);
    while (!signal.aborted) {
      yield* this.waiting.splice(0);
      this.resume?.();
      this.resume = undefined;
      if (this.waiting.length > 0) continue;
      if (ended.aborted) throw this.connection.lost()!;
      await once(this.arrival, 'message', {signal: stop}).catch(() => undefined);
    }
  }
}

const messageOf = (topic: string, payload: Buffer, packet: IPublishPacket): MqttMessage => ({
  topic,
  payload,
  qos: packet.qos,
  retain: packet.retain,
  receivedMs: Date.now(),
  contentType: packet.properties?.contentType,
  responseTopic: packet.properties?.responseTopic,
  correlationData: packet.properties?.correlationData,
  userProperties: packet.properties?.userProperties as MqttMessage['userProperties'],
});
