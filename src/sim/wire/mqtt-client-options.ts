/** What a connection is opened with, and who hears of it. */
import type {IConnectPacket, UserProperties} from 'mqtt-packet';
import type {Endpoint} from './endpoint.js';
import type {MqttClient} from './mqtt-client.js';
import type {MessageDetails} from './packet-reader.js';

export interface MqttClientOptions {
  readonly endpoint: Endpoint;
  /** The address to connect from; the system chooses without it. */
  readonly localAddress?: string | undefined;
  /** 4 is MQTT 3.1.1. */
  readonly protocolVersion: 4 | 5;
  /** Empty: the broker chooses one. */
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** False: go on with the session that the broker still has. */
  readonly cleanStart: boolean;
  /** 0 switches it off. */
  readonly keepAliveSec: number;
  readonly will?: Will | undefined;
  /** Only with MQTT 5. */
  readonly connectProperties?: ConnectProperties | undefined;
  /** From opening to the CONNACK; 10,000 without it. */
  readonly connectTimeoutMs?: number | undefined;
  /** A longer packet is a protocol error; 16 MiB without it. With MQTT 5, `maximumPacketSize` tells the broker. */
  readonly packetBytesMax?: number | undefined;
}

export type Will = NonNullable<IConnectPacket['will']>;

/** MQTT 5, 3.1.2.11, without topic aliases and authentication methods, which this client does not have. */
export interface ConnectProperties {
  readonly sessionExpiryInterval?: number;
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly requestResponseInformation?: boolean;
  readonly requestProblemInformation?: boolean;
  readonly userProperties?: UserProperties;
}

/** What the broker said when it accepted a connection; with MQTT 3.1.1 all but the first have MQTT 5's defaults. */
export interface ConnackDetails {
  readonly sessionPresent: boolean;
  /** QoS 1 and 2 messages that it takes without having acknowledged them. */
  readonly receiveMaximum: number;
  readonly maximumQos: 0 | 1 | 2;
  readonly retainAvailable: boolean;
  /** Undefined: no limit. */
  readonly maximumPacketBytes: number | undefined;
  readonly assignedClientId: string | undefined;
  /** What holds instead of the client's own, if the broker said so. */
  readonly serverKeepAliveSec: number | undefined;
  readonly sessionExpirySec: number | undefined;
  readonly wildcardsAvailable: boolean;
  readonly sharedSubscriptionsAvailable: boolean;
}

/**
 * Hears of its clients. One object can serve all of them, as each call begins with the client. After `refused`, `lost` and
 * `ended` nothing more comes until the client is opened again.
 */
export interface MqttClientHandler {
  /** The TCP connection, or TLS on it, is there. */
  opened?(client: MqttClient, phase: 'tcp' | 'tls'): void;
  connected(client: MqttClient, connack: ConnackDetails): void;
  /** CONNACK said no, by name: `not-authorized`, `bad-credentials`, `server-busy`, `banned` … */
  refused(client: MqttClient, reason: string, code: number): void;
  /** One reason code for each filter: the QoS that was granted, or 0x80 and above. */
  subscribed?(client: MqttClient, packetId: number, reasonCodes: readonly number[]): void;
  /** With MQTT 3.1.1 there are no reason codes. */
  unsubscribed?(client: MqttClient, packetId: number, reasonCodes: readonly number[]): void;
  /** PUBACK of QoS 1, PUBCOMP of QoS 2, or what refused it before; 0x80 and above is a refusal. */
  acknowledged?(client: MqttClient, packetId: number, reasonCode: number): void;
  /** What is handed over is valid during the call only. It is acknowledged after it. */
  message?(client: MqttClient, topic: Buffer, payload: Buffer, details: MessageDetails): void;
  /** The kernel took everything that waited. */
  drained?(client: MqttClient): void;
  /** The broker has read everything that was written before a ping (`MqttClient.ping`, or that of the keep-alive). */
  pingAnswered?(client: MqttClient): void;
  /**
   * It is over, or never came to be: `closed`, `reset`, `keep-alive`, `connect-timeout`, `protocol-error`,
   * `disconnect:server-shutting-down` …, `tls:…`, `websocket:…`, or the system's name: `ECONNREFUSED`, `EMFILE` …
   */
  lost(client: MqttClient, reason: string): void;
  /** The connection is closed after `end` or `destroy`. */
  ended?(client: MqttClient): void;
}
