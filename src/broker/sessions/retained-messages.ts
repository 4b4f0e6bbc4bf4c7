/** The retained message of each topic. */
import {type BrokerPacket, payloadBytes} from './records.js';
import type {Tables} from './tables.js';
import {TopicTree} from './topic-tree.js';

export type RetainedRefusal = 'retained-messages' | 'retained-bytes';

export interface RetainedLimits {
  readonly retainedMessagesMax: number;
  readonly retainedBytesMax: number;
  /** The message has been delivered to whoever is there, and is not kept. */
  readonly onRetainedRefused: (packet: BrokerPacket, reason: RetainedRefusal) => void;
}

interface Retained {
  readonly row: number;
  readonly bytes: number;
  /** The message until it can be read from the table. */
  packet: BrokerPacket | undefined;
}

export class RetainedMessages {
  readonly #tree = new TopicTree<Retained>();
  #messages = 0;
  #bytes = 0;
  #nextRow = 1;

  constructor(
    private readonly tables: Tables,
    private readonly limits: RetainedLimits,
  ) {}

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  load(): void {
    for (const {key, value} of this.tables.retained.getRange()) {
      this.#add(value.topic, {row: key, bytes: bytesOf(value), packet: undefined});
      this.#nextRow = Math.max(this.#nextRow, key + 1);
    }
  }

  /** Keeps a message, or forgets that of its topic when the payload is empty. Returns what to call once on disk. */
  store(original: BrokerPacket): () => void {
    const packet = {...original};
    const before = this.#tree.get(packet.topic);
    if (packet.payload.length === 0) {
      if (before !== undefined) this.#remove(packet.topic, before);
      return () => undefined;
    }
    const refusal = this.#refusalOf(packet, before);
    if (refusal !== undefined) {
      // The old message would be wrong from now on: what was last said on this topic is not it.
      if (before !== undefined) this.#remove(packet.topic, before);
      this.limits.onRetainedRefused(packet, refusal);
      return () => undefined;
    }
    if (before !== undefined) this.#forget(packet.topic, before);
    const retained: Retained = {row: before?.row ?? this.#nextRow++, bytes: bytesOf(packet), packet};
    this.#add(packet.topic, retained);
    void this.tables.put(this.tables.retained, retained.row, packet);
    return () => {
      retained.packet = undefined;
    };
  }

  /** The messages that any of the filters matches, each once, read when its turn comes; no more once the tables are closed. */
  *matchedBy(filters: readonly string[]): Generator<BrokerPacket> {
    const found = new Set(filters.flatMap(filter => this.#tree.matchedBy(filter)));
    for (const retained of found) {
      if (this.tables.closed) return;
      const packet = retained.packet ?? this.tables.retained.get(retained.row);
      if (packet !== undefined) yield {...packet};
    }
  }

  countOf(filter: string): number {
    return new Set(this.#tree.matchedBy(filter)).size;
  }

  forgetAll(filter: string): void {
    for (const {topic} of [...this.matchedBy([filter])]) {
      const retained = this.#tree.get(topic);
      if (retained) this.#remove(topic, retained);
    }
  }

  #refusalOf(packet: BrokerPacket, before: Retained | undefined): RetainedRefusal | undefined {
    if (before === undefined && this.#messages >= this.limits.retainedMessagesMax) return 'retained-messages';
    const bytes = this.#bytes - (before?.bytes ?? 0) + bytesOf(packet);
    return bytes > this.limits.retainedBytesMax ? 'retained-bytes' : undefined;
  }

  #remove(topic: string, retained: Retained): void {
    this.#forget(topic, retained);
    this.#tree.delete(topic);
    void this.tables.remove(this.tables.retained, retained.row);
  }

  #add(topic: string, retained: Retained): void {
    this.#tree.set(topic, retained);
    this.#messages++;
    this.#bytes += retained.bytes;
  }

  #forget(topic: string, retained: Retained): void {
    this.#messages--;
    this.#bytes -= retained.bytes;
    if (this.#tree.get(topic) === retained) this.#tree.delete(topic);
  }
}

const bytesOf = (packet: BrokerPacket): number => payloadBytes(packet) + Buffer.byteLength(packet.topic);
