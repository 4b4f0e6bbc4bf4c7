/** Reads a list of MQTT 5 properties: each known, allowed where it stands, there once, well-formed, and within its range. */
import {type Place, PROPERTIES, type PropertySpec, RESPONSE_TOPIC, USER_PROPERTY} from './property-table.js';
import {fieldEnd, isMqttText, readUint16, readVarint} from './text.js';
import {checkTopicName, type TopicLimits} from './topic-bytes.js';
import {malformed, protocolError, REASON, type Violation, violation} from './violation.js';

/** More than any real client sends; without a limit one packet could make a hundred thousand objects. */
const USER_PROPERTIES_MAX = 100;

/** A response topic names where an answer goes; how long and how deep is for whoever answers. */
const RESPONSE_TOPIC_LIMITS: TopicLimits = {topicBytesMax: 65_535, topicLevelsMax: Infinity};

const LENGTH_BAD = malformed('the length of the properties is malformed or exceeds the packet');
const UNKNOWN = malformed('an unknown property');
const TEXT_BAD = malformed('a property’s text is not valid UTF-8 or holds U+0000');
const TOO_MANY = violation(REASON.quotaExceeded, `more than ${USER_PROPERTIES_MAX} user properties`);

/** The numbers in a list of properties by identifier, and where binary and text values stand. */
export class PropertyList {
  /** The first property, and the offset behind the last. */
  readonly start: number;
  readonly end: number;
  readonly #numbers = new Map<number, number>();
  readonly #offsets = new Map<number, number>();
  #userProperties = 0;
  #seen = 0;
  violation: Violation | undefined;

  /** Reads the list whose length stands at `at`; `limit` is the packet's end. See `violation` first. */
  constructor(buffer: Buffer, at: number, limit: number, place: Place) {
    const length = readVarint(buffer, at, limit);
    if (length === undefined || length.end + length.value > limit) {
      this.start = limit;
      this.end = limit;
      this.violation = LENGTH_BAD;
      return;
    }
    this.start = length.end;
    this.end = length.end + length.value;
    for (let next = length.end; next < this.end; ) {
      const end = this.#read(buffer, next, place);
      if (end < 0) return;
      next = end;
    }
  }

  has(id: number): boolean {
    const spec = PROPERTIES[id];
    return spec !== undefined && (this.#seen & spec.bit) !== 0;
  }

  number(id: number): number | undefined {
    return this.#numbers.get(id);
  }

  /** Where a property that is a number begins, with its identifier; -1 when it is not there. */
  offset(id: number): number {
    return this.#offsets.get(id) ?? -1;
  }

  /** Reads one property and returns the offset behind it, or -1 with `violation` set. */
  #read(buffer: Buffer, at: number, place: Place): number {
    const id = buffer[at]!;
    const spec = PROPERTIES[id];
    if (spec === undefined) return this.#refuse(UNKNOWN);
    if ((spec.places & place) === 0) return this.#refuse(malformed(`${spec.name} is not allowed here`));
    if (id === USER_PROPERTY) {
      if (++this.#userProperties > USER_PROPERTIES_MAX) return this.#refuse(TOO_MANY);
    } else if ((this.#seen & spec.bit) !== 0) return this.#refuse(protocolError(`${spec.name} comes twice`));
    this.#seen |= spec.bit;
    return this.#readValue(buffer, at + 1, id, spec);
  }

  #readValue(buffer: Buffer, at: number, id: number, spec: PropertySpec): number {
    switch (spec.type) {
      case 'byte':
      case 'uint16':
      case 'uint32':
      case 'varint':
        return this.#readNumber(buffer, at, id, spec);
      case 'binary': {
        const end = fieldEnd(buffer, at, this.end);
        return end < 0 ? this.#refuse(malformed(`${spec.name} is cut short`)) : end;
      }
      case 'text':
        return this.#readText(buffer, at, id, spec);
      case 'pair': {
        const nameEnd = this.#readText(buffer, at, id, spec);
        return nameEnd < 0 ? -1 : this.#readText(buffer, nameEnd, id, spec);
      }
    }
  }

  #readNumber(buffer: Buffer, at: number, id: number, spec: PropertySpec): number {
    const found = readNumber(buffer, at, this.end, spec);
    if (found === undefined) return this.#refuse(malformed(`${spec.name} is cut short`));
    if (found.value < spec.min || found.value > spec.max)
      return this.#refuse(protocolError(`${spec.name} must not be ${found.value}`));
    this.#numbers.set(id, found.value);
    this.#offsets.set(id, at - 1);
    return found.end;
  }

  #readText(buffer: Buffer, at: number, id: number, spec: PropertySpec): number {
    const end = fieldEnd(buffer, at, this.end);
    if (end < 0) return this.#refuse(malformed(`${spec.name} is cut short`));
    if (!isMqttText(buffer, at + 2, end)) return this.#refuse(TEXT_BAD);
    if (id === RESPONSE_TOPIC && !isResponseTopic(buffer, at + 2, end))
      return this.#refuse(protocolError('a response topic is empty or holds a wildcard'));
    return end;
  }

  #refuse(found: Violation): -1 {
    this.violation = found;
    return -1;
  }
}

const isResponseTopic = (buffer: Buffer, start: number, end: number): boolean =>
  start < end && checkTopicName(buffer, start, end, RESPONSE_TOPIC_LIMITS) === undefined;

function readNumber(
  buffer: Buffer,
  at: number,
  limit: number,
  spec: PropertySpec,
): {value: number; end: number} | undefined {
  switch (spec.type) {
    case 'byte':
      return at + 1 > limit ? undefined : {value: buffer[at]!, end: at + 1};
    case 'uint16':
      return at + 2 > limit ? undefined : {value: readUint16(buffer, at), end: at + 2};
    case 'uint32':
      return at + 4 > limit ? undefined : {value: buffer.readUInt32BE(at), end: at + 4};
    default:
      return readVarint(buffer, at, limit);
  }
}
