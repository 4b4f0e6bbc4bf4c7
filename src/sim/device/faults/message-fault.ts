/**
 * One fault of values or messages on one device. An episode concerns every message from its start to its end, and at
 * least the first one: a fault that nobody could see would be none.
 */
import type {Chance} from '../chance.js';
import type {TruthRecord} from '../truth.js';
import type {FaultSpec} from './fault-spec.js';
import {Occurrences} from './occurrences.js';

type Values = NonNullable<TruthRecord['values']>;
type Report = (record: Omit<TruthRecord, 'device' | 'deviceMs'>, atMs: number) => void;

export interface Message {
  /** Since the device's life began. */
  readonly atMs: number;
  readonly sequence: number;
  readonly component: string;
}

export class MessageFault {
  readonly spec: FaultSpec;
  readonly chance: Chance;
  readonly #report: Report;
  readonly #occurrences: Occurrences;
  #nextMs: number;
  #endMs: number | undefined;
  #concerned: [number, number] | undefined;
  #values: Values | undefined;
  /** What an episode keeps from its first message on: the metric it chose, the value that is stuck. */
  memory: {readonly component: string; readonly metric: string; readonly value: unknown} | undefined;
  #startMs = 0;

  constructor(spec: FaultSpec, chance: Chance, report: Report) {
    this.spec = spec;
    this.chance = chance;
    this.#report = report;
    this.#occurrences = new Occurrences(spec, chance);
    this.#nextMs = this.#occurrences.next(0);
  }

  /** Since when the episode has been, in hours of the device. */
  hoursAt(atMs: number): number {
    return (atMs - this.#startMs) / 3_600_000;
  }

  /** Is this message one that the fault comes over? */
  concerns({atMs}: Message): boolean {
    const {occurrence, fromMs, untilMs, forMs} = this.spec;
    if (occurrence.kind === 'probability') {
      const hit = this.chance.next() < occurrence.probability;
      return hit && atMs >= fromMs && atMs < (untilMs ?? Infinity);
    }
    if (this.#endMs !== undefined && atMs >= this.#endMs && this.#concerned) this.end(this.#endMs);
    if (this.#endMs === undefined && atMs >= this.#nextMs) {
      this.#startMs = this.#nextMs;
      this.#endMs = this.#nextMs + forMs;
    }
    return this.#endMs !== undefined;
  }

  /** It did come over this message, which says so in `values`. */
  happened({atMs, sequence}: Message, more: Pick<TruthRecord, 'values' | 'parameters'> = {}): void {
    const {fault, forMs, occurrence} = this.spec;
    const sequences = [sequence, sequence] as [number, number];
    if (forMs === 0 || occurrence.kind === 'probability') {
      this.#report({fault, phase: 'once', ...more, sequence: sequences}, atMs);
      if (this.#endMs !== undefined) this.#over(this.#endMs);
      return;
    }
    if (!this.#concerned) {
      this.#concerned = sequences;
      this.#report({fault, phase: 'start', ...more, sequence: sequences}, atMs);
    }
    this.#concerned[1] = sequence;
    this.#values = more.values;
  }

  /** The episode is over, or the run is. */
  end(atMs: number): void {
    const {fault} = this.spec;
    if (this.#concerned) {
      const values = this.#values ? {values: this.#values} : {};
      this.#report({fault, phase: 'end', ...values, sequence: this.#concerned}, atMs);
    }
    if (this.#endMs !== undefined) this.#over(this.#endMs);
  }

  #over(endMs: number): void {
    this.#endMs = undefined;
    this.#concerned = undefined;
    this.#values = undefined;
    this.memory = undefined;
    this.#nextMs = this.#occurrences.next(Math.max(endMs, this.#startMs + 1));
  }
}
