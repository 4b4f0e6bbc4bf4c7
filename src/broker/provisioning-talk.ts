/**
 * What a device that nobody knows yet may say over MQTT: it subscribes to `$prov/v1/{rid}/res`, publishes to
 * `$prov/v1/{rid}/req`, and nothing else. The broker proper never hears of it: there is no session, no delivery, no other topic
 * that such a connection could reach.
 */
import {generate, type Packet} from 'mqtt-packet';
import {answerTopic, type ProvisioningProof, requestTopic} from '../domain/provisioning.js';
import type {Connection} from './connection.js';
import {CONNECT_ANSWERS} from './doorkeeper.js';
import type {Connect} from './guard/check-connect.js';
import type {Verdict} from './guard/check-packet.js';
import type {ProvisioningDoor} from './provisioning-door.js';

/** Largest packet, in bytes: a request for a certificate and a few words. */
export const PROVISIONING_PACKET_BYTES_MAX = 32 * 1024;

/** Nobody needs longer; who waits for a person comes again. */
const LIFE_MS = 30_000;
const AFTER_ANSWER_MS = 2000;
const REQUESTS_MAX = 10;

/** MQTT 5.0, 2.4. */
const NOT_AUTHORIZED = 0x87;
/** MQTT 3.1.1, 3.9.3. */
const SUBSCRIBE_FAILED = 0x80;

type Accepted = Extract<Verdict, {ok: true}>;

export class ProvisioningTalk {
  readonly #connection: Connection;
  readonly #door: ProvisioningDoor;
  readonly #proof: ProvisioningProof;
  /** Answers that came before it subscribed. */
  readonly #kept: string[] = [];
  #subscribed = false;
  #busy = false;
  #requests = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(connection: Connection, door: ProvisioningDoor, proof: ProvisioningProof) {
    this.#connection = connection;
    this.#door = door;
    this.#proof = proof;
  }

  /** Answers the CONNECT. False when it was refused, and the connection ends. */
  begin({will, version, clientId}: Connect): boolean {
    const refusal = will ? CONNECT_ANSWERS.notAuthorized : this.#door.enter(this.#connection, this.#proof);
    if (refusal) {
      this.#connection.refuse(will ? 'a device that registers leaves no will' : 'no room, or banned');
      this.#connection.answerConnect(refusal);
      return false;
    }
    this.#endIn(LIFE_MS);
    const assigned = clientId === '' && version === 5 ? {assignedClientIdentifier: this.#proof.rid} : {};
    this.#send({
      cmd: 'connack',
      sessionPresent: false,
      ...(version === 5
        ? {reasonCode: 0, properties: {sessionExpiryInterval: 0, retainAvailable: false, ...assigned}}
        : {returnCode: 0}),
    });
    return true;
  }

  /** False when the connection ends. */
  take(packet: Accepted, buffer: Buffer): boolean {
    switch (packet.type) {
      case 'subscribe':
        this.#subscribe(packet);
        return true;
      case 'unsubscribe':
        this.#subscribed &&= !packet.filters.includes(answerTopic(this.#proof.rid));
        this.#send({cmd: 'unsuback', messageId: packet.packetId, granted: packet.filters.map(() => 0)});
        return true;
      case 'publish':
        return this.#publish(packet, buffer);
      case 'pingreq':
        this.#send({cmd: 'pingresp'});
        return true;
      case 'disconnect':
        this.#end('client');
        return false;
      default:
        // What it is sent has QoS 0: there is nothing to acknowledge.
        return true;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#door.leave(this.#connection);
  }

  #subscribe({packetId, subscriptions}: Extract<Accepted, {type: 'subscribe'}>): void {
    const own = answerTopic(this.#proof.rid);
    const failed = this.#connection.version === 5 ? NOT_AUTHORIZED : SUBSCRIBE_FAILED;
    const granted = subscriptions.map(({filter}) => (filter === own ? 0 : failed));
    for (const {filter} of subscriptions)
      if (filter !== own) this.#report('subscribe.refused', 'not a filter that it may subscribe to', filter);
    this.#send({cmd: 'suback', messageId: packetId, granted});
    if (!granted.includes(0)) return;
    this.#subscribed = true;
    for (const answer of this.#kept.splice(0)) this.#tell(answer);
  }

  #publish(packet: Extract<Accepted, {type: 'publish'}>, buffer: Buffer): boolean {
    const {topic, qos, packetId, retain} = packet;
    const isRequest = topic === requestTopic(this.#proof.rid) && qos < 2 && !retain;
    if (!isRequest || ++this.#requests > REQUESTS_MAX) {
      this.#report('publish.refused', 'a device that registers may only ask for that', topic);
      this.#connection.kick('refused', NOT_AUTHORIZED);
      return false;
    }
    if (qos === 1) this.#send({cmd: 'puback', messageId: packetId});
    void this.#ask(buffer.toString('utf8', packet.payloadStart, packet.payloadEnd));
    return true;
  }

  async #ask(request: string): Promise<void> {
    if (this.#busy) {
      this.#answer({
        status: 429,
        code: 'IOT_RATE_LIMITED',
        detail: 'one request at a time',
        retryAfterSec: 1,
      });
      return;
    }
    this.#busy = true;
    const answer = await this.#door.ask(this.#connection, this.#proof, request);
    this.#busy = false;
    if (this.#closed) return;
    this.#answer(answer);
    // Nothing follows an answer that is final, and a device that waits comes again.
    this.#endIn(AFTER_ANSWER_MS);
  }

  #answer(answer: object): void {
    const text = JSON.stringify(answer);
    if (this.#subscribed) this.#tell(text);
    else if (this.#kept.length < REQUESTS_MAX) this.#kept.push(text);
  }

  #tell(payload: string): void {
    const topic = answerTopic(this.#proof.rid);
    this.#send({cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false});
  }

  #report(type: string, reason: string, subject: string): void {
    this.#door.report({type, tenant: '', device: '', reason, subject, address: this.#connection.address});
  }

  #endIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end('expired'), ms);
  }

  #end(reason: 'client' | 'expired'): void {
    this.#connection.closeReason = reason;
    this.#connection.end();
    this.#connection.destroy();
  }

  #send(packet: Record<string, unknown>): void {
    const {version: protocolVersion} = this.#connection;
    this.#connection.send(generate(packet as unknown as Packet, {protocolVersion}));
  }
}
