/** What a device tells by itself, again and again: when the next message is due, and what it says. */

import type {EncodedTopic} from '../wire/encoded-topic.js';
import type {PayloadSource} from '../wire/payload-source.js';
import type {Chance} from './chance.js';

export interface TelemetryStream extends PayloadSource {
  readonly topic: EncodedTopic;
  readonly component: string;
  /** When the next message is due, since the device's life began; Infinity after the last one. */
  readonly dueMs: number;
  /** 0 where messages are not made at an interval. */
  readonly intervalMs: number;
  /** The message that was due has been made. */
  advance(): void;
  /** Between two messages from now on, `nowMs` of the device's life. What is not made at an interval ignores it. */
  setInterval(intervalMs: number, nowMs: number): void;
}

/** Payloads of a model, made at an interval with jitter. */
export class ModelStream implements TelemetryStream {
  readonly topic: EncodedTopic;
  readonly component: string;
  readonly maxBytes: number;
  readonly #source: PayloadSource;
  readonly #jitter: number;
  readonly #chance: Chance;
  intervalMs: number;
  /** Without jitter; what is early or late once does not move all that follows. */
  #nominalMs: number;
  dueMs: number;

  constructor(parts: {
    topic: EncodedTopic;
    component: string;
    source: PayloadSource;
    intervalMs: number;
    jitter: number;
    firstMs: number;
    chance: Chance;
  }) {
    this.topic = parts.topic;
    this.component = parts.component;
    this.#source = parts.source;
    this.maxBytes = parts.source.maxBytes;
    this.intervalMs = parts.intervalMs;
    this.#jitter = parts.jitter;
    this.#chance = parts.chance;
    this.#nominalMs = parts.firstMs;
    this.dueMs = parts.firstMs;
  }

  write(target: Buffer, at: number, timeMs: number): number {
    return this.#source.write(target, at, timeMs);
  }

  advance(): void {
    const lastMs = this.dueMs;
    this.#nominalMs += this.intervalMs;
    const jitterMs = this.#jitter === 0 ? 0 : (this.#chance.next() * 2 - 1) * this.#jitter * this.intervalMs;
    this.dueMs = Math.max(lastMs, this.#nominalMs + jitterMs);
  }

  setInterval(intervalMs: number, nowMs: number): void {
    this.#nominalMs = Math.max(nowMs, this.#nominalMs - this.intervalMs + intervalMs);
    this.dueMs = this.#nominalMs;
    this.intervalMs = intervalMs;
  }
}
