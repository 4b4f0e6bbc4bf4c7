/** PUBLISH (MQTT 3.1.1 and 5, 3.3), read without making an object or a string for a topic that was seen before. */
import type {ProtocolVersion} from './check-connect.js';
import {PropertyList} from './properties.js';
import {PLACE, TOPIC_ALIAS} from './property-table.js';
import {fieldEnd, readUint16} from './text.js';
import {checkTopicName, type TopicLimits} from './topic-bytes.js';
import {malformed, protocolError, REASON, type Violation, violation} from './violation.js';

export interface PublishLimits extends TopicLimits {
  /** The topic alias maximum that CONNACK announced; 0 allows none. */
  readonly topicAliasMaximum: number;
}

/** A topic that has been checked, with its bytes to compare the next one to. */
interface KnownTopic {
  readonly bytes: Buffer;
  readonly text: string;
}

/** A device publishes to a few topics again and again; these are recognised by their bytes. */
const KNOWN_TOPICS_MAX = 4;

const QOS_3 = malformed('a PUBLISH has QoS 3');
const DUP_QOS_0 = malformed('a PUBLISH of QoS 0 is marked as a duplicate');
const CUT_SHORT = malformed('a PUBLISH is cut short');
const NO_ID = protocolError('a PUBLISH of QoS 1 or 2 has the packet id 0');
const NO_TOPIC = protocolError('a PUBLISH has neither a topic nor a topic alias');
const NO_TOPIC_3 = malformed('the topic of a PUBLISH is empty');
const ALIAS_UNKNOWN = protocolError('a PUBLISH names a topic alias that stands for nothing');

/**
 * The PUBLISH read last on one connection. Its fields hold until the next `read`, and its offsets are offsets into
 * the buffer that was read.
 */
export class PublishReader {
  readonly ok = true;
  readonly type = 'publish';
  qos: 0 | 1 | 2 = 0;
  dup = false;
  retain = false;
  /** 0 for QoS 0. */
  packetId = 0;
  /** The topic as it stands in the packet; an empty range where an alias stands for it. */
  topicStart = 0;
  topicEnd = 0;
  /** MQTT 5 properties without their length; an empty range otherwise. */
  propertiesStart = 0;
  propertiesEnd = 0;
  payloadStart = 0;
  payloadEnd = 0;
  /** 0 when there is none. */
  topicAlias = 0;
  /** Where the topic alias property begins, or -1. */
  aliasAt = -1;
  #topic: KnownTopic = {bytes: Buffer.alloc(0), text: ''};
  readonly #known: KnownTopic[] = [];
  #oldest = 0;
  readonly #aliases = new Map<number, KnownTopic>();

  constructor(
    private readonly version: ProtocolVersion,
    private readonly limits: PublishLimits,
  ) {}

  /** The topic, a topic alias resolved. The same string object for the same topic, mostly. */
  get topic(): string {
    return this.#topic.text;
  }

  /** Reads one packet of type PUBLISH; undefined when nothing is wrong with it. */
  read(buffer: Buffer, start: number, bodyStart: number, end: number): Violation | undefined {
    const flags = buffer[start]!;
    const qos = (flags >> 1) & 3;
    if (qos === 3) return QOS_3;
    this.qos = qos as 0 | 1 | 2;
    this.dup = (flags & 8) !== 0;
    this.retain = (flags & 1) !== 0;
    if (this.dup && qos === 0) return DUP_QOS_0;
    const topicEnd = fieldEnd(buffer, bodyStart, end);
    if (topicEnd < 0) return CUT_SHORT;
    this.topicStart = bodyStart + 2;
    this.topicEnd = topicEnd;
    return this.#readId(buffer, end) ?? this.#readProperties(buffer, end) ?? this.#readTopic(buffer);
  }

  /** Leaves the payload's start behind the packet id. */
  #readId(buffer: Buffer, end: number): Violation | undefined {
    this.packetId = 0;
    this.payloadStart = this.topicEnd;
    this.payloadEnd = end;
    if (this.qos === 0) return undefined;
    if (this.topicEnd + 2 > end) return CUT_SHORT;
    this.packetId = readUint16(buffer, this.topicEnd);
    this.payloadStart += 2;
    return this.packetId === 0 ? NO_ID : undefined;
  }

  #readProperties(buffer: Buffer, end: number): Violation | undefined {
    const at = this.payloadStart;
    this.topicAlias = 0;
    this.aliasAt = -1;
    this.propertiesStart = at;
    this.propertiesEnd = at;
    if (this.version !== 5) return undefined;
    if (at < end && buffer[at] === 0) {
      this.propertiesStart = at + 1;
      this.propertiesEnd = at + 1;
      this.payloadStart = at + 1;
      return undefined;
    }
    const list = new PropertyList(buffer, at, end, PLACE.publish);
    if (list.violation !== undefined) return list.violation;
    this.propertiesStart = list.start;
    this.propertiesEnd = list.end;
    this.payloadStart = list.end;
    this.topicAlias = list.number(TOPIC_ALIAS) ?? 0;
    this.aliasAt = list.offset(TOPIC_ALIAS);
    if (this.topicAlias <= this.limits.topicAliasMaximum) return undefined;
    return violation(
      REASON.topicAliasInvalid,
      `topic alias ${this.topicAlias}; at most ${this.limits.topicAliasMaximum} is allowed`,
    );
  }

  #readTopic(buffer: Buffer): Violation | undefined {
    const {topicStart, topicEnd} = this;
    if (topicStart === topicEnd) return this.#resolveAlias();
    let topic = this.#recall(buffer);
    if (topic === undefined) {
      const found = checkTopicName(buffer, topicStart, topicEnd, this.limits);
      if (found !== undefined) return found;
      topic = this.#learn(buffer);
    }
    this.#topic = topic;
    if (this.topicAlias !== 0) this.#aliases.set(this.topicAlias, topic);
    return undefined;
  }

  #resolveAlias(): Violation | undefined {
    if (this.version !== 5) return NO_TOPIC_3;
    if (this.topicAlias === 0) return NO_TOPIC;
    const topic = this.#aliases.get(this.topicAlias);
    if (topic === undefined) return ALIAS_UNKNOWN;
    this.#topic = topic;
    return undefined;
  }

  #recall(buffer: Buffer): KnownTopic | undefined {
    for (const known of this.#known)
      if (isAt(buffer, this.topicStart, this.topicEnd, known.bytes)) return known;
    return undefined;
  }

  #learn(buffer: Buffer): KnownTopic {
    const bytes = Buffer.from(buffer.subarray(this.topicStart, this.topicEnd));
    const topic = {bytes, text: bytes.toString()};
    this.#known[this.#oldest] = topic;
    this.#oldest = (this.#oldest + 1) % KNOWN_TOPICS_MAX;
    return topic;
  }
}

/** Do the bytes `[start, end)` equal these? Compared from the end: topics differ there. */
export function isAt(buffer: Buffer, start: number, end: number, bytes: Buffer): boolean {
  if (end - start !== bytes.length) return false;
  for (let at = bytes.length - 1; at >= 0; at--) if (buffer[start + at] !== bytes[at]) return false;
  return true;
}
