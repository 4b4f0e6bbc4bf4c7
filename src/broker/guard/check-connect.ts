/** CONNECT of MQTT 3.1 (`MQIsdp`, level 3), 3.1.1 (level 4) and 5 (3.1 in each). */
import {PropertyList} from './properties.js';
import {PLACE} from './property-table.js';
import {fieldEnd, isInheritedName, isMqttName, readUint16} from './text.js';
import {checkTopicName, type TopicLimits} from './topic-bytes.js';
import {malformed, protocolError, REASON, type Violation, violation} from './violation.js';

export type ProtocolVersion = 3 | 4 | 5;

export interface ConnectLimits extends TopicLimits {
  readonly clientIdBytesMax: number;
}

/** What a client asks for with MQTT 5 properties; the defaults of the standard where it says nothing. */
interface ConnectProperties {
  readonly sessionExpirySec: number;
  readonly receiveMaximum: number;
  /** The largest packet that the client takes; `Infinity` when it sets no limit. */
  readonly maximumPacketBytes: number;
  readonly topicAliasMaximum: number;
  readonly requestProblemInformation: boolean;
  readonly requestResponseInformation: boolean;
}

interface Will {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly payloadBytes: number;
  readonly delaySec: number;
}

export interface Connect {
  readonly version: ProtocolVersion;
  /** Empty when the server has to choose one. */
  readonly clientId: string;
  readonly username: string | undefined;
  /** A part of the packet, not a copy. */
  readonly password: Buffer | undefined;
  readonly keepAliveSec: number;
  /** MQTT 5: clean start. */
  readonly clean: boolean;
  readonly will: Will | undefined;
  readonly properties: ConnectProperties;
}

const FLAG = {reserved: 0x01, clean: 0x02, will: 0x04, willRetain: 0x20, password: 0x40, username: 0x80};

const ID = {
  sessionExpiry: 0x11,
  authenticationMethod: 0x15,
  authenticationData: 0x16,
  requestProblem: 0x17,
  willDelay: 0x18,
  requestResponse: 0x19,
  receiveMaximum: 0x21,
  topicAliasMaximum: 0x22,
  maximumPacketSize: 0x27,
};

const DEFAULT_PROPERTIES: ConnectProperties = {
  sessionExpirySec: 0,
  receiveMaximum: 65_535,
  maximumPacketBytes: Infinity,
  topicAliasMaximum: 0,
  requestProblemInformation: true,
  requestResponseInformation: false,
};

/** The name that each protocol level goes with, as it stands in the packet. */
const PROTOCOLS: readonly {name: Buffer; levels: readonly number[]}[] = [
  {name: Buffer.from('\0\x04MQTT'), levels: [4, 5]},
  {name: Buffer.from('\0\x06MQIsdp'), levels: [3]},
];

/** The first byte of a header with all flags zero leads to the body at `bodyStart`. */
export function checkConnect(
  buffer: Buffer,
  bodyStart: number,
  end: number,
  limits: ConnectLimits,
): Connect | Violation {
  const protocol = PROTOCOLS.find(
    ({name}) => buffer.compare(name, 0, name.length, bodyStart, Math.min(end, bodyStart + name.length)) === 0,
  );
  if (protocol === undefined) return malformed('the protocol is not MQTT');
  const at = bodyStart + protocol.name.length;
  if (at + 4 > end) return malformed('CONNECT is cut short');
  const level = buffer[at]!;
  if (!protocol.levels.includes(level))
    return violation(REASON.versionUnsupported, `protocol level ${level} is not supported`);
  const version = level as ProtocolVersion;
  const flags = buffer[at + 1]!;
  const found = checkFlags(flags, version);
  if (found !== undefined) return found;
  const reader = new ConnectReader(buffer, at + 4, end, version, limits);
  return reader.read(flags, readUint16(buffer, at + 2));
}

function checkFlags(flags: number, version: ProtocolVersion): Violation | undefined {
  if ((flags & FLAG.reserved) !== 0) return malformed('a reserved flag of CONNECT is set');
  const willQos = (flags >> 3) & 3;
  if (willQos === 3) return malformed('the will’s QoS is 3');
  if ((flags & FLAG.will) === 0 && (willQos !== 0 || (flags & FLAG.willRetain) !== 0))
    return malformed('flags of a will are set without a will');
  if (version < 5 && (flags & FLAG.password) !== 0 && (flags & FLAG.username) === 0)
    return malformed('a password without a user name');
  return undefined;
}

/** Reads what follows the variable header, in its order; the first thing that is wrong ends it. */
class ConnectReader {
  #violation: Violation | undefined;
  #at: number;

  constructor(
    private readonly buffer: Buffer,
    at: number,
    private readonly end: number,
    private readonly version: ProtocolVersion,
    private readonly limits: ConnectLimits,
  ) {
    this.#at = at;
  }

  read(flags: number, keepAliveSec: number): Connect | Violation {
    const clean = (flags & FLAG.clean) !== 0;
    const properties = this.#connectProperties();
    const clientId = this.#clientId(clean);
    const will = (flags & FLAG.will) === 0 ? undefined : this.#will(flags);
    const username = (flags & FLAG.username) === 0 ? undefined : this.#text('the user name');
    const password = (flags & FLAG.password) === 0 ? undefined : this.#binary('the password');
    if (this.#violation === undefined && this.#at !== this.end)
      this.#refuse(malformed('CONNECT has excess bytes'));
    if (this.#violation !== undefined) return this.#violation;
    return {version: this.version, clientId, username, password, keepAliveSec, clean, will, properties};
  }

  #connectProperties(): ConnectProperties {
    const list = this.#properties(PLACE.connect);
    if (list === undefined) return DEFAULT_PROPERTIES;
    if (list.has(ID.authenticationMethod))
      this.#refuse(violation(REASON.authenticationMethodBad, 'authentication methods are not supported'));
    else if (list.has(ID.authenticationData))
      this.#refuse(protocolError('authentication data without a method'));
    return {
      sessionExpirySec: list.number(ID.sessionExpiry) ?? DEFAULT_PROPERTIES.sessionExpirySec,
      receiveMaximum: list.number(ID.receiveMaximum) ?? DEFAULT_PROPERTIES.receiveMaximum,
      maximumPacketBytes: list.number(ID.maximumPacketSize) ?? DEFAULT_PROPERTIES.maximumPacketBytes,
      topicAliasMaximum: list.number(ID.topicAliasMaximum) ?? DEFAULT_PROPERTIES.topicAliasMaximum,
      requestProblemInformation: list.number(ID.requestProblem) !== 0,
      requestResponseInformation: list.number(ID.requestResponse) === 1,
    };
  }

  #clientId(clean: boolean): string {
    const id = this.#text('the client id');
    if (this.#violation !== undefined) return '';
    if (Buffer.byteLength(id) > this.limits.clientIdBytesMax)
      this.#refuseId(`a client id may have ${this.limits.clientIdBytesMax} bytes`);
    else if (isInheritedName(id)) this.#refuseId('the client id is a name that every object inherits');
    else if (id === '' && this.version === 3) this.#refuseId('MQTT 3.1 requires a client id');
    else if (id === '' && this.version === 4 && !clean)
      this.#refuseId('an empty client id requires a clean session');
    return id;
  }

  #will(flags: number): Will | undefined {
    const list = this.#properties(PLACE.will);
    const at = this.#at;
    const topic = this.#text('the will’s topic');
    if (this.#violation !== undefined) return undefined;
    const found =
      topic === ''
        ? violation(REASON.topicInvalid, 'the will’s topic is empty')
        : checkTopicName(this.buffer, at + 2, this.#at, this.limits);
    if (found !== undefined) this.#refuse(found);
    const payload = this.#binary('the will’s payload');
    return {
      topic,
      qos: ((flags >> 3) & 3) as 0 | 1 | 2,
      retain: (flags & FLAG.willRetain) !== 0,
      payloadBytes: payload?.length ?? 0,
      delaySec: list?.number(ID.willDelay) ?? 0,
    };
  }

  #properties(place: typeof PLACE.connect | typeof PLACE.will): PropertyList | undefined {
    if (this.version !== 5 || this.#violation !== undefined) return undefined;
    const list = new PropertyList(this.buffer, this.#at, this.end, place);
    if (list.violation !== undefined) this.#refuse(list.violation);
    this.#at = list.end;
    return list;
  }

  #text(what: string): string {
    const start = this.#at + 2;
    const end = this.#field(what);
    if (end < 0) return '';
    if (!isMqttName(this.buffer, start, end)) {
      this.#refuse(malformed(`${what} is not valid UTF-8 or holds control characters`));
      return '';
    }
    return this.buffer.toString('utf8', start, end);
  }

  #binary(what: string): Buffer | undefined {
    const start = this.#at + 2;
    const end = this.#field(what);
    return end < 0 ? undefined : this.buffer.subarray(start, end);
  }

  /** Moves behind the next field; -1 when it does not fit, or something was wrong before. */
  #field(what: string): number {
    if (this.#violation !== undefined) return -1;
    const end = fieldEnd(this.buffer, this.#at, this.end);
    if (end < 0) this.#refuse(malformed(`${what} is cut short`));
    else this.#at = end;
    return end;
  }

  #refuseId(reason: string): void {
    this.#refuse(violation(REASON.clientIdInvalid, reason));
  }

  /** The first violation stays. */
  #refuse(found: Violation): void {
    this.#violation ??= found;
  }
}
