/** What a device tells by itself, with what faults make of it on its way. */
import type {DeviceFaults} from './device-faults.js';
import type {DeviceLink} from './device-link.js';
import type {TelemetryStream} from './telemetry-stream.js';

/** Payloads are made here and copied: few models need as much. */
let scratch = Buffer.allocUnsafe(16 * 1024);

interface Held {
  readonly stream: TelemetryStream;
  readonly payload: Buffer;
  readonly dueMs: number;
}

export class Teller {
  readonly #streams: readonly TelemetryStream[];
  readonly #link: DeviceLink;
  readonly #faults: DeviceFaults;
  readonly #qos: 0 | 1 | 2;
  #sequence = 0;
  /** Sent only after the next one of its stream. */
  #held: Held | undefined;

  constructor(streams: readonly TelemetryStream[], link: DeviceLink, faults: DeviceFaults, qos: 0 | 1 | 2) {
    this.#streams = streams;
    this.#link = link;
    this.#faults = faults;
    this.#qos = qos;
    const bytesMax = Math.max(0, ...streams.map(({maxBytes}) => maxBytes));
    if (bytesMax > scratch.length) scratch = Buffer.allocUnsafe(bytesMax);
  }

  /** Since the device's life began. */
  get nextMs(): number {
    let nextMs = Infinity;
    for (const {dueMs} of this.#streams) if (dueMs < nextMs) nextMs = dueMs;
    return nextMs;
  }

  /** The message that is due: `timeMs` is when, in Unix milliseconds of the device; `dueMs` on the machine's monotonic clock. */
  tell(timeMs: number, dueMs: number): void {
    const stream = this.#next();
    const atMs = stream.dueMs;
    const payload = this.#make(stream, timeMs);
    const sequence = ++this.#sequence;
    const told = this.#faults.apply(payload, {atMs, sequence, component: stream.component});
    const held = this.#held?.stream === stream ? this.#held : undefined;
    if (held) this.#held = undefined;
    // Two that are late in a row are only late by one.
    if (told.late && !held) {
      this.#held = {stream, payload: told.payload, dueMs};
      return;
    }
    this.#send(stream, told.payload, dueMs);
    if (told.twice) this.#send(stream, told.payload, dueMs);
    if (held) this.#send(stream, held.payload, held.dueMs);
  }

  /** Made, and heard by nobody. */
  skip(timeMs: number): void {
    this.#make(this.#next(), timeMs);
  }

  /** Nothing follows any more. */
  finish(): void {
    if (this.#held && this.#link.up) this.#send(this.#held.stream, this.#held.payload, this.#held.dueMs);
    this.#held = undefined;
    this.#link.flush();
  }

  /** Between two messages of the device itself, or of its first component; 0 where nothing is told at an interval. */
  get intervalMs(): number {
    return this.#streams[0]?.intervalMs ?? 0;
  }

  setInterval(intervalMs: number, nowMs: number): void {
    for (const stream of this.#streams) stream.setInterval(intervalMs, nowMs);
  }

  #next(): TelemetryStream {
    let next = this.#streams[0]!;
    for (const stream of this.#streams) if (stream.dueMs < next.dueMs) next = stream;
    return next;
  }

  #make(stream: TelemetryStream, timeMs: number): Buffer {
    const end = stream.write(scratch, 0, timeMs);
    stream.advance();
    return Buffer.from(scratch.subarray(0, end));
  }

  #send({topic}: TelemetryStream, payload: Buffer, dueMs: number): void {
    this.#link.publish(topic, this.#qos, payload, dueMs);
  }
}
