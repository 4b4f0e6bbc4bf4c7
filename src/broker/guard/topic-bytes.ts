/** Topic names and filters as they stand in packets (MQTT 3.1.1 and 5, 4.7). */
import {isControl, isInheritedNameAt, isMqttName} from './text.js';
import {malformed, REASON, type Violation, violation} from './violation.js';

export interface TopicLimits {
  readonly topicBytesMax: number;
  readonly topicLevelsMax: number;
}

const SLASH = 0x2f;
const PLUS = 0x2b;
const HASH = 0x23;

const NOT_TEXT = malformed('a topic is not valid UTF-8 or holds control characters');
const WILDCARD = violation(REASON.topicInvalid, 'a topic to publish to holds a wildcard');
const NAME_RESERVED = violation(REASON.topicInvalid, 'a topic is a name that every object inherits');
const NAME_LONG = violation(REASON.topicInvalid, 'a topic is too long');
const NAME_DEEP = violation(REASON.topicInvalid, 'a topic has too many levels');
const FILTER_EMPTY = malformed('a topic filter is empty');
const FILTER_SYNTAX = malformed('a wildcard does not stand alone in its level, or # is not the last');
const FILTER_RESERVED = violation(
  REASON.filterInvalid,
  'a topic filter is a name that every object inherits',
);
const FILTER_LONG = violation(REASON.filterInvalid, 'a topic filter is too long');
const FILTER_DEEP = violation(REASON.filterInvalid, 'a topic filter has too many levels');

/** Checks a topic name of at least one byte; whether it may be empty depends on where it stands. */
export function checkTopicName(
  buffer: Buffer,
  start: number,
  end: number,
  limits: TopicLimits,
): Violation | undefined {
  if (end - start > limits.topicBytesMax) return NAME_LONG;
  let levels = 1;
  let beyondAscii = false;
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!;
    if (byte === SLASH) levels++;
    else if (byte === PLUS || byte === HASH) return WILDCARD;
    else if (isControl(byte)) return NOT_TEXT;
    else if (byte >= 0x80) beyondAscii = true;
  }
  if (beyondAscii && !isMqttName(buffer, start, end)) return NOT_TEXT;
  if (levels > limits.topicLevelsMax) return NAME_DEEP;
  return levels === 1 && isInheritedNameAt(buffer, start, end) ? NAME_RESERVED : undefined;
}

/** Checks a topic filter; that of a shared subscription is checked as the plain filter that it also is. */
export function checkTopicFilter(
  buffer: Buffer,
  start: number,
  end: number,
  limits: TopicLimits,
): Violation | undefined {
  if (start === end) return FILTER_EMPTY;
  if (!isMqttName(buffer, start, end)) return NOT_TEXT;
  if (end - start > limits.topicBytesMax) return FILTER_LONG;
  let levels = 1;
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!;
    if (byte === SLASH) levels++;
    else if (byte === PLUS || byte === HASH) {
      if (at > start && buffer[at - 1] !== SLASH) return FILTER_SYNTAX;
      if (at + 1 < end && (byte === HASH || buffer[at + 1] !== SLASH)) return FILTER_SYNTAX;
    }
  }
  if (levels > limits.topicLevelsMax) return FILTER_DEEP;
  return levels === 1 && isInheritedNameAt(buffer, start, end) ? FILTER_RESERVED : undefined;
}

const SHARED_PREFIX = '$share/';

export const isSharedFilter = (filter: string): boolean => filter.startsWith(SHARED_PREFIX);

/** `$share/{name}/{filter}` with a name without wildcards and a filter (MQTT 5, 4.8.2). */
export function isSharedFilterWellFormed(filter: string): boolean {
  const slash = filter.indexOf('/', SHARED_PREFIX.length);
  if (slash <= SHARED_PREFIX.length || slash === filter.length - 1) return false;
  return !/[+#]/.test(filter.slice(SHARED_PREFIX.length, slash));
}
