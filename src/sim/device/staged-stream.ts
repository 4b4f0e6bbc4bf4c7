import type {EncodedTopic} from '../wire/encoded-topic.js';
import type {PayloadSource} from '../wire/payload-source.js';
import type {Chance} from './chance.js';
import type {FleetRate} from './fleet-rate.js';
import type {TelemetryStream} from './telemetry-stream.js';

/** Payloads of a model, made when the rate of the whole fleet makes it this stream's turn. */
export class StagedStream implements TelemetryStream {
  readonly topic: EncodedTopic;
  readonly component: string;
  readonly maxBytes: number;
  readonly intervalMs = 0;
  readonly #source: PayloadSource;
  readonly #jitter: number;
  readonly #chance: Chance;
  readonly #rate: FleetRate;
  #turn: number;
  dueMs: number;

  /** `place` is from 0 to below 1: its turn among those of the others. */
  constructor(parts: {
    topic: EncodedTopic;
    component: string;
    source: PayloadSource;
    jitter: number;
    place: number;
    chance: Chance;
    rate: FleetRate;
  }) {
    this.topic = parts.topic;
    this.component = parts.component;
    this.#source = parts.source;
    this.maxBytes = parts.source.maxBytes;
    this.#jitter = parts.jitter;
    this.#chance = parts.chance;
    this.#rate = parts.rate;
    this.#turn = parts.place;
    this.dueMs = parts.rate.dueMs(parts.place);
  }

  write(target: Buffer, at: number, timeMs: number): number {
    return this.#source.write(target, at, timeMs);
  }

  advance(): void {
    this.#turn++;
    const moved = this.#jitter === 0 ? 0 : (this.#chance.next() * 2 - 1) * this.#jitter;
    this.dueMs = Math.max(this.dueMs, this.#rate.dueMs(this.#turn + moved));
  }

  /** The rate is that of the fleet. */
  setInterval(): void {}
}
