/** A connection to any MQTT broker, with its failures in the words of iotctl. Knows nothing of the platform. */
import {once} from 'node:events';
import mqtt, {type IClientOptions, type IConnackPacket, type MqttClient} from 'mqtt';
import {IotctlError} from '../domain/errors.js';
import {checkedUrl, shownUrl} from './broker-url.js';
import {untrusted} from './tls-errors.js';
import type {TlsOptions, Trust} from './trust.js';

export type QoS = 0 | 1 | 2;

export interface BrokerAddress {
  /** `mqtt://host:port`, `mqtts://…`, `ws://host:port/path` or `wss://…`. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** A random one where none is given. */
  readonly clientId?: string | undefined;
  /** 5 is MQTT 5, 4 is MQTT 3.1.1; without it, 5 and then 4 where the broker refuses that. */
  readonly protocolVersion?: 4 | 5 | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** For mqtts:// and wss://; without it, the CAs of the system are trusted. */
  readonly trust?: Trust | undefined;
}

export interface Connection extends AsyncDisposable {
  readonly client: MqttClient;
  readonly protocolVersion: 4 | 5;
  /** QoS 1 and 2 messages that the broker takes without having acknowledged them (MQTT 5, 3.2.2.3.3). */
  readonly receiveMaximum: number;
  /** Why the connection ended, once it has. Set before anyone who waits for a message is told. */
  readonly lost: () => IotctlError | undefined;
  /** Aborts when the connection has ended, however that came. */
  readonly ended: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_SEC = 60;
/** MQTT 5, 3.2.2.3.3: without the property, 65,535. */
const RECEIVE_MAXIMUM_DEFAULT = 65_535;
/** MQTT 3.1.1, 3.2.2.3 (1) and MQTT 5, 3.2.2.2 (0x84): this version is not spoken here. */
const VERSION_REFUSED: readonly number[] = [1, 0x84];

/**
 * Connects, and does not reconnect: whoever counts messages has to know when a connection is lost.
 * Throws `IOT_BROKER_UNREACHABLE`, `IOT_TLS_UNTRUSTED` or `IOT_MQTT_REFUSED`.
 */
export async function connectMqtt(address: BrokerAddress): Promise<Connection> {
  if (address.protocolVersion !== undefined) return attempt(address, address.protocolVersion);
  try {
    return await attempt(address, 5);
  } catch (error) {
    if (!(error instanceof VersionRefused)) throw error;
    return attempt(address, 4);
  }
}

/** Says goodbye after all that was written has left; resolves when the connection has closed. */
export async function disconnect(connection: Connection): Promise<void> {
  if (connection.ended.aborted) return;
  connection.client.end(false);
  await once(connection.ended, 'abort');
}

class VersionRefused extends IotctlError {}

async function attempt(address: BrokerAddress, protocolVersion: 4 | 5): Promise<Connection> {
  const url = checkedUrl(address.url);
  const client = mqtt.connect(url, {
    ...(await tlsFor(url, address.trust)),
    ...optionsFor(address, protocolVersion),
  });
  let connack: IConnackPacket;
  try {
    connack = await answered(client, address.url);
  } catch (error) {
    client.end(true);
    throw error;
  }
  withoutDelay(client);
  return connectionOf(client, protocolVersion, connack, address.url);
}

/** Loads TLS only for a broker that speaks it. */
async function tlsFor(url: string, trust: Trust | undefined): Promise<TlsOptions | undefined> {
  const {speaksTls, tlsOptions} = await import('./trust.js');
  if (!speaksTls(url)) return undefined;
  try {
    return await tlsOptions(url, trust);
  } catch (error) {
    throw error instanceof IotctlError ? error : connectError(error as Error, url);
  }
}

function connectionOf(
  client: MqttClient,
  protocolVersion: 4 | 5,
  connack: IConnackPacket,
  url: string,
): Connection {
  let lost: IotctlError | undefined;
  client.on('disconnect', packet => {
    lost ??= refusal(packet.reasonCode ?? 0, `the broker at ${shownUrl(url)} ended the connection`);
  });
  client.on('error', error => {
    lost ??= unreachable(`the connection to ${shownUrl(url)} failed: ${error.message}`, error);
  });
  const ended = new AbortController();
  client.once('close', () => {
    if (!client.disconnecting) lost ??= unreachable(`the connection to ${shownUrl(url)} was closed`);
    ended.abort();
  });
  return {
    client,
    protocolVersion,
    receiveMaximum: connack.properties?.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT,
    lost: () => lost,
    ended: ended.signal,
    async [Symbol.asyncDispose]() {
      if (ended.signal.aborted) return;
      client.end(true);
      await once(ended.signal, 'abort');
    },
  };
}

/** Waits for the CONNACK; a socket that closes first, or a refusal, is an error with a reason. */
function answered(client: MqttClient, url: string): Promise<IConnackPacket> {
  return new Promise((resolve, reject) => {
    client.once('connect', resolve);
    client.on('error', error => reject(connectError(error, url)));
    client.once('close', () => {
      // Brokers that know no MQTT 5 may close instead of answering.
      const message = `${shownUrl(url)} closed the connection without an answer`;
      reject(new VersionRefused('IOT_BROKER_UNREACHABLE', message));
    });
  });
}

function connectError(error: Error & {code?: number | string}, url: string): IotctlError {
  if (typeof error.code !== 'number') {
    const why = error.message === '' ? (error.code ?? 'no answer') : error.message;
    return untrusted(new URL(url).host, error) ?? unreachable(`cannot reach ${shownUrl(url)}: ${why}`, error);
  }
  const reason = error.message.replace(/^Connection refused: /, '');
  const kind = VERSION_REFUSED.includes(error.code) ? VersionRefused : IotctlError;
  const message = `${shownUrl(url)} refused the connection: ${reason} (${shownCode(error.code)})`;
  return new kind('IOT_MQTT_REFUSED', message, {cause: error});
}

/** What a reason code of 0x80 and above means, as an error (MQTT 5, 2.4). */
export const refusal = (code: number, message: string): IotctlError =>
  new IotctlError('IOT_MQTT_REFUSED', `${message}: ${reasonOf(code)} (${shownCode(code)})`);

const reasonOf = (code: number): string => REASONS[code] ?? 'refused';

/** The reasons that a user can do something about (MQTT 5, 2.4). */
const REASONS: Readonly<Record<number, string>> = {
  128: 'not accepted',
  130: 'protocol error',
  135: 'not authorised',
  137: 'server busy',
  139: 'server shutting down',
  142: 'another client took over the session',
  143: 'topic filter invalid',
  144: 'topic name invalid',
  147: 'too many messages in flight',
  149: 'packet too large',
  151: 'quota exceeded',
  152: 'ended by an administrator',
  153: 'payload format invalid',
  154: 'retained messages not supported',
  155: 'QoS not supported',
};

const shownCode = (code: number): string => (code < 0x80 ? `code ${code}` : `0x${code.toString(16)}`);

const unreachable = (message: string, cause?: Error): IotctlError =>
  new IotctlError('IOT_BROKER_UNREACHABLE', message, cause === undefined ? undefined : {cause});

function optionsFor(address: BrokerAddress, protocolVersion: 4 | 5): IClientOptions {
  return {
    protocolVersion,
    clientId: address.clientId ?? `iotctl-${Math.random().toString(36).slice(2, 12)}`,
    clean: true,
    keepalive: KEEP_ALIVE_SEC,
    reconnectPeriod: 0,
    // Moving the timer with each packet costs more than the ping that it saves.
    reschedulePings: false,
    connectTimeout: address.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    ...(address.username === undefined ? {} : {username: address.username}),
    ...(address.password === undefined ? {} : {password: address.password}),
  };
}

/** Nagle's algorithm would make each acknowledged message wait about 40 ms for the one before it. */
function withoutDelay(client: MqttClient): void {
  const {stream} = client as unknown as {stream: {setNoDelay?: (on: boolean) => void}};
  stream.setNoDelay?.(true);
}
