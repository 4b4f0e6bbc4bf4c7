/** Topics with variables. Where no variable changes from message to message, a topic is encoded once. */
import {IotctlError} from '../../domain/errors.js';
import {type EncodedTopic, encodeTopic} from '../wire/encoded-topic.js';
import type {Identity} from './identity.js';
import {NO_ARGUMENTS, parseTemplate, type TemplatePart, type Vocabulary} from './text-template.js';

/** Which of a client's messages, from 0. */
const PER_MESSAGE = 'seq';

export const TOPIC_VARIABLES: Vocabulary = {
  i: NO_ARGUMENTS,
  client: NO_ARGUMENTS,
  username: NO_ARGUMENTS,
  device: NO_ARGUMENTS,
  run: NO_ARGUMENTS,
  role: NO_ARGUMENTS,
  [PER_MESSAGE]: NO_ARGUMENTS,
};

export class TopicTemplate {
  readonly changes: boolean;
  readonly #parts: readonly TemplatePart[];

  /** Throws `IOT_USAGE` for an unknown variable, and for what is no topic to publish to. */
  constructor(text: string, what = '--topic') {
    this.#parts = parseTemplate(text, TOPIC_VARIABLES, what);
    this.changes = this.#parts.some(part => typeof part !== 'string' && part.name === PER_MESSAGE);
    for (const part of this.#parts) if (typeof part === 'string' && part !== '') encodeTopic(part);
    if (text === '') throw new IotctlError('IOT_USAGE', `${what} is empty`);
  }

  text(identity: Identity, sequence = 0): string {
    return this.#parts
      .map(part => (typeof part === 'string' ? part : filledIn(part.name, identity, sequence)))
      .join('');
  }

  /** Throws `IOT_USAGE` where an identity makes it none, such as one with a `+` in its name. */
  encoded(identity: Identity, sequence = 0): EncodedTopic {
    return encodeTopic(this.text(identity, sequence));
  }

  /** What matches the topics of all clients of a run: each level in which they differ becomes a `+`. */
  filter(run: string): string {
    const marked = this.#parts
      .map(part => (typeof part === 'string' ? part : part.name === 'run' ? run : '\0'))
      .join('');
    return marked
      .split('/')
      .map(level => (level.includes('\0') ? '+' : level))
      .join('/');
  }

  /** Does every client have one of its own? */
  get differs(): boolean {
    return this.#parts.some(
      part => typeof part !== 'string' && ['i', 'client', 'device', 'username'].includes(part.name),
    );
  }
}

function filledIn(name: string, identity: Identity, sequence: number): string {
  switch (name) {
    case 'i':
      return String(identity.number);
    case 'client':
      return identity.clientId;
    case 'username':
      return identity.username ?? '';
    case 'device':
      // `{device}@{tenant}` is how devices of the platform log in.
      return identity.username?.split('@', 1)[0] ?? identity.clientId;
    case 'role':
      return identity.role;
    case 'run':
      return identity.run;
    default:
      return String(sequence);
  }
}
