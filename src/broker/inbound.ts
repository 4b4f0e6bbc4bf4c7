/** From the peer: cuts bytes into packets, checks each, and sends it the way it has to go. */
import {generate, parser} from 'mqtt-packet';
import {provisioningProof} from '../domain/provisioning.js';
import {devicePrefix, expandAlias, usesAlias} from '../domain/topic.js';
import type {Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import type {Connect} from './guard/check-connect.js';
import {DEFAULT_LIMITS, PacketChecker} from './guard/check-packet.js';
import {CONNECT_BYTES_MAX, PacketFramer} from './guard/framing.js';
import type {PublishReader} from './guard/publish.js';
import {encodeRefusal, levelOf} from './guard/refusal.js';
import {replaceTopic} from './guard/replace-topic.js';
import {REASON, type Violation} from './guard/violation.js';
import {PROVISIONING_PACKET_BYTES_MAX, ProvisioningTalk} from './provisioning-talk.js';
import {PublishPath} from './publish-path.js';

/** Topic aliases that CONNACK announces (MQTT 5.0, 3.2.2.3.8); the guard resolves them, aedes sees none. */
export const TOPIC_ALIAS_MAX = 16;

/** MQTT 5.0, 3.4.2.1. */
const PUBACK_NOT_AUTHORIZED = 0x87;

/** Bytes that may arrive while a CONNECT is being authenticated. */
const EARLY_BYTES_MAX = 64 * 1024;

const NOTHING = Buffer.alloc(0);

export class Inbound {
  readonly #connection: Connection;
  readonly #host: ConnectionHost;
  readonly #framer = new PacketFramer({maxBytes: CONNECT_BYTES_MAX, connectFirst: true});
  readonly #checker = new PacketChecker({...DEFAULT_LIMITS, topicAliasMaximum: TOPIC_ALIAS_MAX});
  #state: 'new' | 'connecting' | 'open' | 'provisioning' | 'closed' = 'new';
  #early = NOTHING;
  #path: PublishPath | undefined;
  #level: number | undefined;
  #talk: ProvisioningTalk | undefined;
  #passedBy = false;

  constructor(connection: Connection, host: ConnectionHost) {
    this.#connection = connection;
    this.#host = host;
  }

  /** Should the socket be read? Not while a CONNECT waits for its answer. */
  get reading(): boolean {
    return this.#state !== 'connecting' && this.#state !== 'closed';
  }

  feed(chunk: Buffer): void {
    if (this.#state === 'connecting') {
      this.#early = Buffer.concat([this.#early, chunk]);
      if (this.#early.length > EARLY_BYTES_MAX)
        this.#connection.destroy(new Error('too much before CONNACK'));
      return;
    }
    if (this.#state === 'closed') return;
    this.#passedBy = false;
    const violation = this.#framer.feed(chunk, this.#take);
    if (violation) this.#refuse(violation);
    if (this.#passedBy) refreshKeepAlive(this.#connection);
  }

  /** CONNACK is on its way: go on with what came after CONNECT, under the limits of an authenticated peer. */
  open(): void {
    const {identity} = this.#connection;
    if (identity?.kind === 'device') this.#path = new PublishPath(this.#connection, this.#host, identity);
    this.#state = 'open';
    this.#framer.maxBytes = this.#host.packetBytesMax;
    const early = this.#early;
    this.#early = NOTHING;
    this.feed(early);
  }

  closed(): void {
    this.#talk?.close();
  }

  readonly #take = (buffer: Buffer, start: number, bodyStart: number, end: number): boolean => {
    const verdict = this.#checker.check(buffer, start, bodyStart, end);
    if (!verdict.ok) {
      this.#level ??= levelOf(buffer, bodyStart, end);
      this.#refuse(verdict);
      return false;
    }
    if (this.#talk) return this.#talk.take(verdict, buffer);
    switch (verdict.type) {
      case 'connect':
        this.#level = verdict.connect.version;
        if (this.#provision(verdict.connect)) return this.#state === 'provisioning';
        this.#state = 'connecting';
        this.#connection.pauseReading();
        this.#connection.claim(verdict.connect);
        break;
      case 'publish':
        this.#publish(verdict, buffer, start, end);
        return true;
      case 'puback':
      case 'pubcomp':
        if (this.#connection.outbound.acknowledged(verdict.packetId)) {
          this.#passedBy = true;
          return true;
        }
        break;
      case 'subscribe':
      case 'unsubscribe':
        this.#connection.forward(this.#withoutAlias(buffer.subarray(start, end)));
        return true;
      default:
    }
    this.#connection.forward(buffer.subarray(start, end));
    return this.#state === 'open';
  };

  /** Is it a device that nobody knows yet? Then the broker never hears of it. */
  #provision(connect: Connect): boolean {
    const {certificate} = this.#connection;
    const enrols = certificate?.ok === false ? certificate.enrols : undefined;
    const proof = provisioningProof(connect.username ?? '', connect.password ?? NOTHING, enrols);
    if (!proof) return false;
    this.#connection.claim(connect);
    this.#connection.keepFromBroker();
    this.#state = 'provisioning';
    this.#framer.maxBytes = PROVISIONING_PACKET_BYTES_MAX;
    this.#talk = new ProvisioningTalk(this.#connection, this.#host.provisioning, proof);
    if (!this.#talk.begin(connect)) this.#state = 'closed';
    return true;
  }

  #publish(publish: PublishReader, buffer: Buffer, start: number, end: number): void {
    this.#connection.published++;
    const {topic, qos, packetId} = publish;
    if (!this.#path || qos === 2) {
      const whole =
        publish.topicAlias === 0 ? buffer.subarray(start, end) : replaceTopic(buffer, start, publish, topic);
      this.#connection.forward(whole);
      return;
    }
    this.#passedBy = true;
    const payload = buffer.subarray(publish.payloadStart, publish.payloadEnd);
    if (!this.#path.take({topic, qos, packetId, payload}, Date.now()))
      this.#refusePublish(topic, qos, packetId);
  }

  /** MQTT 5 says why in the PUBACK; MQTT 3.1.1 can only acknowledge and drop (3.3.5), and tell it on `error`. */
  #refusePublish(topic: string, qos: 0 | 1, packetId: number): void {
    this.#connection.refusePublish(topic);
    if (qos === 0) return;
    if (this.#connection.version === 5) {
      this.#connection.send(Buffer.from([0x40, 3, packetId >> 8, packetId & 0xff, PUBACK_NOT_AUTHORIZED]));
    } else {
      this.#connection.acknowledger.acknowledge(packetId);
    }
  }

  /** Gives filters that begin with `me/` their canonical form: aedes keeps and matches only that. */
  #withoutAlias(packet: Buffer): Buffer {
    const {identity, version} = this.#connection;
    if (identity?.kind !== 'device' || !packet.includes('me/')) return packet;
    const prefix = devicePrefix(identity.tenant, identity.device);
    const read = parser({protocolVersion: version});
    let rewritten = packet;
    read.on('packet', parsed => {
      if (parsed.cmd === 'subscribe') {
        if (parsed.subscriptions.some(({topic}) => usesAlias(topic))) this.#connection.usesAlias = true;
        parsed.subscriptions = parsed.subscriptions.map(wanted => ({
          ...wanted,
          topic: expandAlias(wanted.topic, prefix),
        }));
      } else if (parsed.cmd === 'unsubscribe') {
        parsed.unsubscriptions = parsed.unsubscriptions.map(filter => expandAlias(filter, prefix));
      }
      rewritten = generate(parsed, {protocolVersion: version});
    });
    read.parse(packet);
    return rewritten;
  }

  #refuse(violation: Violation): void {
    if (this.#state === 'closed') return;
    const connected = this.#state === 'open' || this.#state === 'provisioning';
    this.#state = 'closed';
    const said = encodeRefusal(violation, {level: this.#level, connected, ...limitOf(this.#checker.connect)});
    if (said) this.#connection.send(said);
    this.#connection.closeReason = `protocol: ${violation.reason}`;
    this.#host.refusals.report({
      type: connected ? 'connection.closed' : 'connection.refused',
      tenant: this.#connection.tenant,
      device: this.#connection.device,
      reason: violation.reason,
      subject: violation.code === REASON.packetTooLarge ? 'packet too large' : this.#connection.remote,
    });
    this.#connection.end();
    this.#connection.destroy();
  }
}

const limitOf = (connect: Connect | undefined): {maximumPacketBytes?: number} =>
  connect ? {maximumPacketBytes: connect.properties.maximumPacketBytes} : {};

/** aedes restarts its keep-alive timer for each packet that it handles; these did not reach it. */
function refreshKeepAlive(connection: Connection): void {
  const client = connection.client as {_keepaliveTimer?: NodeJS.Timeout | null} | undefined;
  client?._keepaliveTimer?.refresh();
}
