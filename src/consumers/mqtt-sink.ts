/** Publishes events to another broker with QoS 1, each as a CloudEvent in JSON. */
import {isIP} from 'node:net';
import type {IClientOptions, MqttClient} from 'mqtt';
import {cloudEventJson} from '../domain/cloud-event.js';
import {topicOf} from '../domain/consumer-topic.js';
import type {StoredEvent} from '../domain/event.js';
import {publicOnly, requirePublicHost} from '../domain/public-lookup.js';
import type {Failure, Sink} from './sink.js';

export interface MqttOptions {
  readonly url: URL;
  readonly topic: string;
  /** The same each time, so that the broker knows it again. */
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly caPem: string | undefined;
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
}

const AT_ONCE_MAX = 64;
const KEEP_ALIVE_SEC = 30;

export class MqttSink implements Sink {
  readonly batchMax = 1;
  readonly atOnceMax = AT_ONCE_MAX;
  readonly #options: MqttOptions;
  #connecting: Promise<MqttClient> | undefined;
  #client: MqttClient | undefined;

  constructor(options: MqttOptions) {
    this.#options = options;
  }

  async deliver([event]: readonly StoredEvent[], signal: AbortSignal): Promise<Failure | undefined> {
    let client: MqttClient;
    try {
      this.#connecting ??= this.#connect();
      client = await this.#connecting;
    } catch (error) {
      this.#connecting = undefined;
      return {blame: 'away', why: reasonOf(error)};
    }
    try {
      await this.#publish(client, event!, signal);
      return undefined;
    } catch (error) {
      const {code} = error as {code?: unknown};
      // MQTT 5, 3.4.2.1: the broker answered, and does not want it. What else fails is the connection's.
      if (typeof code === 'number' && code >= 0x80) return {blame: 'refused', why: reasonOf(error)};
      this.#forget(client);
      return {blame: 'away', why: reasonOf(error)};
    }
  }

  async close(): Promise<void> {
    const client = await this.#connecting?.catch(() => undefined);
    if (client) this.#forget(client);
  }

  async #publish(client: MqttClient, event: StoredEvent, signal: AbortSignal): Promise<void> {
    const {topic, timeoutMs} = this.#options;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(new Error('the broker did not acknowledge in time'));
      const onClose = (): void => reject(new Error('the connection was closed'));
      limit.addEventListener('abort', onAbort, {once: true});
      client.once('close', onClose);
      client.publish(topicOf(topic, event), cloudEventJson(event), {qos: 1}, error => {
        limit.removeEventListener('abort', onAbort);
        client.off('close', onClose);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  async #connect(): Promise<MqttClient> {
    // Not needed by who has no consumer of this kind.
    const {connectAsync} = await import('mqtt');
    const client = await connectAsync(await this.#connectOptions());
    this.#client = client;
    client.setMaxListeners(AT_ONCE_MAX + 10);
    client.on('error', () => undefined);
    client.once('close', () => this.#forget(client));
    return client;
  }

  async #connectOptions(): Promise<IClientOptions> {
    const {url, clientId, username, password, caPem, allowPrivate, timeoutMs} = this.#options;
    const isSecure = url.protocol === 'mqtts:';
    const name = url.hostname.replace(/^\[|\]$/g, '');
    return {
      protocol: isSecure ? 'mqtts' : 'mqtt',
      host: allowPrivate ? name : await publicAddressOf(url),
      port: Number(url.port) || (isSecure ? 8883 : 1883),
      ...(isSecure && !isIP(name) ? {servername: name} : {}),
      clientId,
      ...(username === undefined ? {} : {username}),
      ...(password === undefined ? {} : {password}),
      ...(caPem === undefined ? {} : {ca: caPem}),
      protocolVersion: 4,
      clean: true,
      // Whoever waits for an event's delivery has to know that its connection is gone.
      reconnectPeriod: 0,
      connectTimeout: timeoutMs,
      keepalive: KEEP_ALIVE_SEC,
    };
  }

  #forget(client: MqttClient): void {
    if (this.#client === client) this.#connecting = undefined;
    client.end(true);
  }
}

/** The client has no lookup of its own: what it is given is the address that was looked at. */
async function publicAddressOf(url: URL): Promise<string> {
  requirePublicHost(url);
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(name)) return name;
  return await new Promise((resolve, reject) => {
    publicOnly(name, {}, (error, address) => {
      if (error) reject(error);
      else resolve(address as string);
    });
  });
}

const reasonOf = (error: unknown): string => {
  const {message, code} = error as NodeJS.ErrnoException;
  return message || code || 'it failed';
};
