/** Which broker it is, as it says itself in a retained message below `$SYS`. */
import type {Trust} from '../../client/trust.js';
import type {BrokerTarget} from './broker-target.js';
import {type ClientCertificate, openEndpoint} from './endpoint.js';
import {MqttClient} from './mqtt-client.js';
import type {MqttClientHandler} from './mqtt-client-options.js';

/** Of Mosquitto and those that took it over, and of EMQX. */
const FILTERS = ['$SYS/broker/version', '$SYS/brokers/+/version'];

/** A retained message comes with the answer to its subscription. */
const RETAINED_MS = 300;
/** All of it: a run does not wait for who does not answer. */
const WHOLE_MS = 1000;
const LENGTH_MAX = 200;

export interface Asked {
  readonly target: BrokerTarget;
  readonly trust?: Trust | undefined;
  readonly certificate?: ClientCertificate | undefined;
}

export interface Asking {
  readonly protocolVersion: 4 | 5;
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The address to connect from; the system chooses without it. */
  readonly localAddress?: string | undefined;
}

/** Asks with a connection of its own, which is closed again; null where the broker does not say it, or not to this client. */
export async function readBrokerVersion(broker: Asked, asking: Asking): Promise<string | null> {
  let client: MqttClient | undefined;
  const asked = openEndpoint(broker.target, {
    ...(broker.trust && {trust: broker.trust}),
    ...(broker.certificate && {certificate: broker.certificate}),
  }).then(
    endpoint =>
      new Promise<string | null>(resolve => {
        const options = {endpoint, ...asking, cleanStart: true, keepAliveSec: 60};
        client = new MqttClient(options, new Questioner(resolve));
        client.open();
      }),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>(resolve => {
    timer = setTimeout(resolve, WHOLE_MS, null);
  });
  try {
    return await Promise.race([asked, late]);
  } catch {
    // The run finds the same, and says so.
    return null;
  } finally {
    clearTimeout(timer);
    client?.destroy();
  }
}

class Questioner implements MqttClientHandler {
  readonly #answer: (version: string | null) => void;
  #version: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(answer: (version: string | null) => void) {
    this.#answer = answer;
  }

  connected(client: MqttClient): void {
    client.subscribe(FILTERS.map(topic => ({topic, qos: 0})));
  }

  subscribed(client: MqttClient, _packetId: number, reasonCodes: readonly number[]): void {
    if (reasonCodes.every(code => code >= 0x80)) client.end();
    else this.#timer = setTimeout(() => client.end(), RETAINED_MS);
  }

  message(client: MqttClient, _topic: Buffer, payload: Buffer): void {
    if (this.#version !== null) return;
    this.#version = payload.toString().trim().slice(0, LENGTH_MAX) || null;
    client.end();
  }

  refused(): void {
    this.ended();
  }

  lost(): void {
    this.ended();
  }

  ended(): void {
    clearTimeout(this.#timer);
    this.#answer(this.#version);
  }
}
