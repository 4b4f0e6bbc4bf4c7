/**
 * One peer: stands between its socket and aedes. Everything it sends is checked before aedes sees it; what devices
 * publish goes straight into the event stream; what aedes sends back is kept within the peer's limits.
 */
import {Duplex} from 'node:stream';
import type {Client} from 'aedes';
import {generate} from 'mqtt-packet';
import type {Identity} from '../domain/identity.js';
import {devicePrefix, shortenToAlias} from '../domain/topic.js';
import {mayReceive} from './access.js';
import {Acknowledger} from './acknowledger.js';
import type {PeerCertificate} from './authenticator.js';
import type {ConnectionHost} from './connection-host.js';
import type {ConnectAnswer} from './doorkeeper.js';
import {Downlink} from './downlink.js';
import type {Connect} from './guard/check-connect.js';
import {Inbound} from './inbound.js';
import {addressOf} from './limits/address.js';
import type {Throttle} from './limits/throttle.js';
import {Outbound} from './outbound.js';
import {claimedSession, claimOf} from './session.js';

/** An internal of exactly this version of aedes: what ends a peer that sends it no CONNECT. */
export type BrokerClient = Client & {_connectTimer?: NodeJS.Timeout | null};

/** How a connection ended, as `device.disconnected` tells it. */
export type CloseReason =
  | 'client'
  | 'takeover'
  | 'keep-alive'
  | 'network'
  | 'kicked'
  | 'refused'
  | 'slow'
  | 'shutdown'
  | 'expired'
  | 'suspended'
  | 'banned'
  | 'quota'
  | `protocol: ${string}`;

/** What is known of a peer before it says anything. */
export interface PeerFacts {
  /** Address and port. */
  readonly remote: string;
  readonly certificate: PeerCertificate | undefined;
}

/** MQTT 5.0, 3.14.2.1. */
const QUOTA_EXCEEDED = 0x97;

/** Time for the last bytes to leave before the socket is cut. */
const LINGER_MS = 1000;

/** aedes takes packets slower than this arrives: the socket waits. */
const UNREAD_BY_BROKER_BYTES = 256 * 1024;

export class Connection extends Duplex {
  identity: Identity | undefined;
  /** The client id as it was sent; the session's name is the broker's own. */
  sentClientId = '';
  claimedSessionId = '';
  claimedUsername: string | undefined;
  will: Connect['will'];
  connect: Connect | undefined;
  version: 3 | 4 | 5 = 4;
  revoked = false;
  /** When bytes last came, in Unix milliseconds. */
  lastSeenMs = 0;
  /** When a message of its own last came. */
  lastDataMs = 0;
  /** As a field gateway: when each of its children last said something; emptied by who asks. */
  childrenSeen = new Map<string, number>();
  closeReason: CloseReason = 'network';
  client: Client | undefined;
  /** What aedes made of it when it came, before anybody is known. */
  handler: BrokerClient | undefined;
  /** Did the device subscribe by `me/…`? Then messages reach it by that name too. */
  usesAlias = false;
  /** Names this connection in the events of its device; undefined before CONNACK. */
  sessionId: string | undefined;
  readonly remote: string;
  /** Without the port: what limits and bans take for one peer. */
  readonly address: string;
  /** Shown in the handshake. */
  readonly certificate: PeerCertificate | undefined;
  /** Messages in what was just read. */
  published = 0;
  throttle: Throttle | undefined;
  readonly acknowledger: Acknowledger;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly downlink: Downlink;
  readonly #socket: Duplex;
  readonly #host: ConnectionHost;
  #throttled = false;
  #leaving = false;

  constructor(socket: Duplex, {remote, certificate}: PeerFacts, host: ConnectionHost) {
    super({autoDestroy: true, emitClose: true});
    this.#socket = socket;
    this.#host = host;
    this.remote = remote;
    this.address = addressOf(remote);
    this.certificate = certificate;
    this.acknowledger = new Acknowledger(bytes => this.send(bytes), host.acks);
    this.inbound = new Inbound(this, host);
    this.outbound = new Outbound(this, host);
    this.downlink = new Downlink(this, host);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', error => this.#leave(() => this.destroy(error)));
    socket.on('end', () => this.#leave(() => this.#ended()));
    socket.on('close', () => this.#leave(() => this.#ended()));
  }

  get tenant(): string {
    return this.identity?.tenant ?? '';
  }

  get device(): string {
    return this.identity?.kind === 'device' ? this.identity.device : '';
  }

  /** Bytes that the peer has not taken yet. */
  get unreadBytes(): number {
    return this.#socket.writableLength;
  }

  /** The registry knows this peer, and its secret was right. */
  admit(identity: Identity, client: Client): void {
    this.identity = identity;
    this.client = client;
  }

  /** A child said something through it. */
  heard(child: string, nowMs: number): void {
    this.childrenSeen.set(child, nowMs);
  }

  /** aedes has sent CONNACK: packets that came meanwhile go on. */
  ready(): void {
    this.inbound.open();
    this.resumeReading();
  }

  /** Writes bytes to the peer, past aedes. */
  send(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** aedes will never hear of this peer, and has nothing to wait for. */
  keepFromBroker(): void {
    if (this.handler?._connectTimer) clearTimeout(this.handler._connectTimer);
  }

  /** Gives bytes to aedes, as if they had come from the peer. */
  forward(packet: Buffer): void {
    if (this.readableEnded || this.destroyed) return;
    this.push(packet);
    if (this.readableLength > UNREAD_BY_BROKER_BYTES) this.pauseReading();
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  readonly resumeReading = (): void => {
    if (this.inbound.reading && !this.#host.ingest.full && !this.#throttled) this.#socket.resume();
  };

  /** Remembers what a CONNECT says; nothing of it is believed before its secret was verified. */
  claim(connect: Connect): void {
    const {username, password, clientId, version, will, properties} = connect;
    this.claimedUsername = username;
    this.sentClientId = clientId;
    this.version = version;
    this.will = will;
    this.connect = connect;
    this.outbound.limit(properties);
    this.claimedSessionId = claimedSession(username, password, clientId, this.certificate);
  }

  /** Nothing that was not allowed happens twice without a word: an event says who was refused and why. */
  refuse(reason: string): void {
    this.closeReason = 'refused';
    const claim = this.#claim();
    this.#host.refusals.report({
      type: 'connection.refused',
      tenant: claim && this.#host.knowsTenant(claim.tenant) ? claim.tenant : '',
      device: claim?.name ?? '',
      reason,
      subject: this.remote,
      address: this.address,
    });
  }

  /** Answers the CONNECT itself, with a code that aedes does not have, and ends the connection. */
  answerConnect({v3, v5}: ConnectAnswer): void {
    this.send(this.version === 5 ? Buffer.from([0x20, 3, 0, v5, 0]) : Buffer.from([0x20, 2, 0, v3]));
    this.end();
    this.destroy();
  }

  #claim(): {tenant: string; name: string} | undefined {
    const {certificate} = this;
    if (this.claimedUsername === undefined && certificate?.ok)
      return {tenant: certificate.tenant, name: certificate.device};
    return claimOf(this.claimedUsername);
  }

  refusePublish(topic: string): void {
    this.#host.refusals.report({
      type: 'publish.refused',
      tenant: this.tenant,
      device: this.device,
      reason: 'not its own topic',
      subject: topic,
      address: this.address,
    });
    this.downlink.tellForbidden(topic);
  }

  /** A right that is asked for at each delivery. */
  mayReceive(topic: string): boolean {
    return this.identity !== undefined && !this.revoked && mayReceive(this.identity, topic);
  }

  /** A topic as this device knows it. */
  named(topic: string): string {
    return this.usesAlias && this.identity?.kind === 'device'
      ? shortenToAlias(topic, devicePrefix(this.identity.tenant, this.identity.device))
      : topic;
  }

  /** Ends a subscriber that does not read. */
  cutOff(reason: string): void {
    this.closeReason = 'slow';
    this.destroy(new Error(reason));
  }

  /** Ends the session's connection at once; MQTT 5 peers are told why (3.14.2.1). */
  kick(reason: CloseReason, reasonCode: number): void {
    this.closeReason = reason;
    if (this.version === 5 && this.client)
      this.send(generate({cmd: 'disconnect', reasonCode}, {protocolVersion: 5}));
    this.destroy();
  }

  override _read(): void {
    this.resumeReading();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.outbound.write(chunk);
    done();
  }

  override _writev(chunks: {chunk: Buffer}[], done: (error?: Error | null) => void): void {
    this.outbound.write(Buffer.concat(chunks.map(({chunk}) => chunk)));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#host.ingest.forget(this.resumeReading);
    this.#host.closed(this);
    if (this.revoked || error) this.#socket.destroy();
    else this.#linger();
    done(error);
  }

  #linger(): void {
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return;
    this.lastSeenMs = Date.now();
    this.published = 0;
    this.inbound.feed(chunk);
    if (this.published > 0) this.lastDataMs = this.lastSeenMs;
    if (this.throttle && this.published > 0) this.#slowDown(this.throttle, chunk.length);
    if (this.#host.ingest.full) {
      this.pauseReading();
      this.#host.ingest.whenReady(this.resumeReading);
    }
  }

  /** Who sends more than it may is not read for a while, then ended. */
  #slowDown(throttle: Throttle, bytes: number): void {
    const allowance = throttle.spend(this.published, bytes, this.lastSeenMs);
    if (allowance === 'end') {
      this.#host.refusals.report({
        type: 'connection.closed',
        tenant: this.tenant,
        device: this.device,
        reason: 'quota',
        subject: this.remote,
        address: this.address,
      });
      this.kick('quota', QUOTA_EXCEEDED);
    } else if (allowance.waitMs > 0) {
      this.#throttled = true;
      this.pauseReading();
      setTimeout(() => {
        this.#throttled = false;
        this.resumeReading();
      }, allowance.waitMs).unref();
    }
  }

  #leave(end: () => void): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#host.departures.add(end);
  }

  #ended(): void {
    if (!this.readableEnded && !this.destroyed) this.push(null);
  }
}
