/**
 * The rules of MQTT 3.1, 3.1.1 and 5 for every packet that a client sends, ahead of a broker that trusts its input.
 * Bytes in, a verdict out: no socket, no clock.
 */
import {type Acknowledgement, checkAcknowledgement} from './check-acknowledgement.js';
import {type Connect, type ConnectLimits, checkConnect} from './check-connect.js';
import {checkDisconnect, type Disconnect} from './check-disconnect.js';
import {checkSubscribe, checkUnsubscribe, type Subscribe, type Unsubscribe} from './check-subscribe.js';
import {type PublishLimits, PublishReader} from './publish.js';
import {malformed, protocolError, type Violation} from './violation.js';

export type GuardLimits = ConnectLimits & PublishLimits;

export const DEFAULT_LIMITS: GuardLimits = {
  topicBytesMax: 512,
  topicLevelsMax: 16,
  clientIdBytesMax: 256,
  topicAliasMaximum: 0,
};

/** A packet that keeps the rules, with what the gateway needs of it. A `publish` is overwritten by the next one. */
type Accepted =
  | {readonly ok: true; readonly type: 'connect'; readonly connect: Connect}
  | PublishReader
  | Acknowledgement
  | Subscribe
  | Unsubscribe
  | {readonly ok: true; readonly type: 'pingreq'}
  | Disconnect;

export type Verdict = Accepted | Violation;

const TYPE = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
  auth: 15,
};

/** The low four bits of each type's first byte; PUBLISH has flags of its own (MQTT 3.1.1 and 5, 2.2.2). */
const FLAGS = [0, 0, 0, -1, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0];

const PINGREQ = {ok: true, type: 'pingreq'} as const;
const FLAGS_BAD = malformed('reserved bits of the first byte are wrong');
const NOT_CONNECTED = protocolError('the first packet is not a CONNECT');
const CONNECTED_TWICE = protocolError('a second CONNECT');
const AFTER_DISCONNECT = protocolError('a packet after DISCONNECT');
const LENGTH_NOT_MINIMAL = malformed('the remaining length takes more bytes than it needs');
const PINGREQ_BODY = malformed('PINGREQ has a body');
const AUTH_UNASKED = protocolError('AUTH without an authentication method');

/** One connection's guard. After a violation, or a DISCONNECT, nothing more may be given to it. */
export class PacketChecker {
  #connect: Connect | undefined;
  #publish: PublishReader | undefined;
  #ended = false;

  constructor(private readonly limits: GuardLimits = DEFAULT_LIMITS) {}

  /** What the client sent as CONNECT, once it has. */
  get connect(): Connect | undefined {
    return this.#connect;
  }

  /** Looks at the packet `buffer[start … end)`, whose body begins at `bodyStart` (as `PacketFramer` gives them). */
  check(buffer: Buffer, start: number, bodyStart: number, end: number): Verdict {
    const type = buffer[start]! >> 4;
    const connect = this.#connect;
    if (this.#ended) return AFTER_DISCONNECT;
    if (connect === undefined) return this.#checkFirst(buffer, start, bodyStart, end);
    if (connect.version === 5 && !isLengthMinimal(start, bodyStart, end)) return LENGTH_NOT_MINIMAL;
    if (type === TYPE.publish) return this.#publish!.read(buffer, start, bodyStart, end) ?? this.#publish!;
    if ((buffer[start]! & 0x0f) !== FLAGS[type]) return FLAGS_BAD;
    return this.#checkOther(type, buffer, bodyStart, end, connect);
  }

  #checkFirst(buffer: Buffer, start: number, bodyStart: number, end: number): Verdict {
    if (buffer[start]! >> 4 !== TYPE.connect) return NOT_CONNECTED;
    if ((buffer[start]! & 0x0f) !== 0) return FLAGS_BAD;
    const connect = checkConnect(buffer, bodyStart, end, this.limits);
    if ('ok' in connect) return connect;
    if (connect.version === 5 && !isLengthMinimal(start, bodyStart, end)) return LENGTH_NOT_MINIMAL;
    this.#connect = connect;
    this.#publish = new PublishReader(connect.version, this.limits);
    return {ok: true, type: 'connect', connect};
  }

  #checkOther(
    type: number,
    buffer: Buffer,
    at: number,
    end: number,
    {version, properties}: Connect,
  ): Verdict {
    switch (type) {
      case TYPE.puback:
        return checkAcknowledgement(buffer, at, end, 'puback', version);
      case TYPE.pubrec:
        return checkAcknowledgement(buffer, at, end, 'pubrec', version);
      case TYPE.pubrel:
        return checkAcknowledgement(buffer, at, end, 'pubrel', version);
      case TYPE.pubcomp:
        return checkAcknowledgement(buffer, at, end, 'pubcomp', version);
      case TYPE.subscribe:
        return checkSubscribe(buffer, at, end, version, this.limits);
      case TYPE.unsubscribe:
        return checkUnsubscribe(buffer, at, end, version, this.limits);
      case TYPE.pingreq:
        return at === end ? PINGREQ : PINGREQ_BODY;
      case TYPE.disconnect:
        this.#ended = true;
        return checkDisconnect(buffer, at, end, version, properties.sessionExpirySec);
      case TYPE.connect:
        return CONNECTED_TWICE;
      case TYPE.auth:
        return version === 5 ? AUTH_UNASKED : malformed('a packet of the reserved type 15');
      default:
        return malformed(`a client does not send packets of type ${type}`);
    }
  }
}

/** MQTT 5 wants the shortest form (MQTT-1.5.5-1); MQTT 3 says nothing about it. */
function isLengthMinimal(start: number, bodyStart: number, end: number): boolean {
  const bytes = bodyStart - start - 1;
  return bytes === 1 || end - bodyStart >= 2 ** (7 * (bytes - 1));
}
