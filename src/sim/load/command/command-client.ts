/** A client that subscribes, and then answers or sends: what devices and requesters have in common. */
import type {QoS} from '../../../client/mqtt-connect.js';
import {nowMs} from '../../measure/clock.js';
import type {MqttClient} from '../../wire/mqtt-client.js';
import type {ConnackDetails} from '../../wire/mqtt-client-options.js';
import {reasonName} from '../../wire/reason-codes.js';
import type {Route} from '../endpoints.js';
import type {Identity} from '../identity.js';
import {type ClientContext, LoadClient} from '../load-client.js';
import {Outbox} from './outbox.js';

export abstract class CommandClient extends LoadClient {
  protected readonly outbox: Outbox;
  readonly #filter: string;
  readonly #qos: QoS;
  #subscribedMs = 0;

  constructor(
    context: ClientContext,
    {identity, filter, qos}: {readonly identity: Identity; readonly filter: string; readonly qos: QoS},
    route: Route,
  ) {
    super(context, identity, route);
    this.#filter = filter;
    this.#qos = qos;
    this.outbox = new Outbox(this.mqtt, qos);
  }

  subscribed(_: MqttClient, _packetId: number, reasonCodes: readonly number[]): void {
    const {measurements} = this.context;
    const [code = 0] = reasonCodes;
    measurements.latency('suback', nowMs() - this.#subscribedMs);
    if (code < 0x80) measurements.count('subscribed');
    else measurements.fail('subscribe', reasonName(code));
    this.settle();
  }

  acknowledged(_: MqttClient, _packetId: number, reasonCode: number): void {
    if (reasonCode >= 0x80) this.context.measurements.fail('publish', reasonName(reasonCode));
    this.outbox.acknowledged();
  }

  protected override ready({receiveMaximum}: ConnackDetails): void {
    this.#subscribedMs = nowMs();
    this.mqtt.subscribe([{topic: this.#filter, qos: this.#qos}]);
    this.outbox.connected(receiveMaximum);
  }

  protected override gone(): void {
    this.outbox.lost();
  }
}
