/** A client of the simulator that writes down what it is told, and lets a test wait for it. */

import {parseBrokerTarget} from '../../src/sim/wire/broker-target.js';
import {type Endpoint, openEndpoint} from '../../src/sim/wire/endpoint.js';
import {MqttClient} from '../../src/sim/wire/mqtt-client.js';
import type {
  ConnackDetails,
  MqttClientHandler,
  MqttClientOptions,
} from '../../src/sim/wire/mqtt-client-options.js';
import type {MessageDetails} from '../../src/sim/wire/packet-reader.js';
import {until} from './deadline.js';

/** One thing that a client was told; what was valid during the call only is copied. */
type Told =
  | {what: 'opened'; phase: string}
  | {what: 'connected'; connack: ConnackDetails}
  | {what: 'refused'; reason: string; code: number}
  | {what: 'subscribed'; packetId: number; codes: readonly number[]}
  | {what: 'unsubscribed'; packetId: number; codes: readonly number[]}
  | {what: 'acknowledged'; packetId: number; code: number}
  | {what: 'message'; topic: string; payload: Buffer; details: MessageDetails}
  | {what: 'lost'; reason: string}
  | {what: 'drained'}
  | {what: 'ended'};

type Of<What extends Told['what']> = Extract<Told, {what: What}>;

export const endpointOf = (url: string): Promise<Endpoint> => openEndpoint(parseBrokerTarget(url));

export class WireClient implements Disposable {
  readonly told: Told[] = [];
  readonly client: MqttClient;

  constructor(endpoint: Endpoint, changes: Partial<MqttClientOptions> = {}) {
    this.client = new MqttClient(
      {endpoint, protocolVersion: 4, clientId: 'wire', cleanStart: true, keepAliveSec: 60, ...changes},
      this.#handler(),
    );
  }

  /** Connects to a broker and waits for the CONNACK. */
  static async connect(url: string, changes: Partial<MqttClientOptions> = {}): Promise<WireClient> {
    const wire = new WireClient(await endpointOf(url), changes);
    await wire.open();
    return wire;
  }

  async open(): Promise<Of<'connected'>> {
    this.client.open();
    return this.next('connected');
  }

  /** Takes the first of that kind, which may already have come; what came before it stays. */
  async next<What extends Told['what']>(what: What): Promise<Of<What>> {
    const find = () => this.told.findIndex(one => one.what === what);
    await until(() => find() >= 0 || this.over(), what);
    if (find() < 0) throw new Error(`no ${what}: ${JSON.stringify(this.told).slice(0, 1000)}`);
    return this.told.splice(find(), 1)[0] as Of<What>;
  }

  /** What it was told ends its connection. */
  over(): boolean {
    return this.told.some(({what}) => what === 'lost' || what === 'refused');
  }

  count(what: Told['what']): number {
    return this.told.filter(one => one.what === what).length;
  }

  [Symbol.dispose](): void {
    this.client.destroy();
  }

  #handler(): MqttClientHandler {
    const tell = (one: Told) => this.told.push(one);
    return {
      opened: (_, phase) => tell({what: 'opened', phase}),
      connected: (_, connack) => tell({what: 'connected', connack}),
      refused: (_, reason, code) => tell({what: 'refused', reason, code}),
      subscribed: (_, packetId, codes) => tell({what: 'subscribed', packetId, codes}),
      unsubscribed: (_, packetId, codes) => tell({what: 'unsubscribed', packetId, codes}),
      acknowledged: (_, packetId, code) => tell({what: 'acknowledged', packetId, code}),
      message: (_, topic, payload, details) =>
        tell({
          what: 'message',
          topic: topic.toString(),
          payload: Buffer.from(payload),
          details: {...details, properties: details.properties && Buffer.from(details.properties)},
        }),
      drained: () => tell({what: 'drained'}),
      lost: (_, reason) => tell({what: 'lost', reason}),
      ended: () => tell({what: 'ended'}),
    };
  }
}
