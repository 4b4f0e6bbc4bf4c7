import type {EncodedTopic} from '../wire/encoded-topic.js';
import type {RecordedRow} from './recording.js';
import type {TelemetryStream} from './telemetry-stream.js';

/** `{"ts":…,"v":…}` around the values. */
const FRAME_BYTES = 32;

/** Tells what was recorded, at its times. */
export class RecordedStream implements TelemetryStream {
  readonly topic: EncodedTopic;
  readonly component: string;
  readonly intervalMs = 0;
  readonly maxBytes: number;
  readonly #rows: readonly RecordedRow[];
  #next = 0;

  constructor(topic: EncodedTopic, rows: readonly RecordedRow[], component = '') {
    this.component = component;
    this.topic = topic;
    this.#rows = rows;
    this.maxBytes =
      rows.reduce((most, [, values]) => Math.max(most, Buffer.byteLength(values)), 0) + FRAME_BYTES;
  }

  get dueMs(): number {
    return this.#rows[this.#next]?.[0] ?? Infinity;
  }

  write(target: Buffer, at: number, timeMs: number): number {
    return at + target.write(`{"ts":${Math.round(timeMs)},"v":${this.#rows[this.#next]![1]}}`, at);
  }

  advance(): void {
    this.#next++;
  }

  /** It tells when it was told then. */
  setInterval(): void {}
}
