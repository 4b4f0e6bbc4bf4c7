/** What one simulated device says and does; no socket, no clock. */
import type {Model} from './model.js';
import type {Random} from './random.js';

export interface CommandAnswer {
  readonly status: 'succeeded' | 'rejected';
  readonly [detail: string]: unknown;
}

/** Something that has payloads to send and answers commands. */
export interface Behaviour {
  /** The next reading, as the bytes of its payload. */
  payload(nowMs: number): Buffer;
  command(name: string, data: unknown): CommandAnswer;
}

export class ModelledDevice implements Behaviour {
  readonly #model: Model;
  readonly #random: Random;
  readonly #values: Record<string, number>;

  constructor(model: Model, random: Random) {
    this.#model = model;
    this.#random = random;
    this.#values = Object.fromEntries(Object.entries(model.metrics).map(([name, {start}]) => [name, start]));
  }

  /** Each metric takes a step of a random walk that stays between its bounds. */
  payload(nowMs: number): Buffer {
    let text = `{"ts":${Math.round(nowMs)},"v":{`;
    let separator = '"';
    for (const name in this.#model.metrics) {
      const {step, min, max, digits} = this.#model.metrics[name]!;
      const moved = this.#values[name]! + (this.#random() * 2 - 1) * step;
      const value = Math.min(max, Math.max(min, moved));
      this.#values[name] = value;
      text += `${separator}${name}":${value.toFixed(digits)}`;
      separator = ',"';
    }
    return Buffer.from(`${text}}}`);
  }

  command(name: string, data: unknown): CommandAnswer {
    const known = Object.hasOwn(this.#model.commands, name) ? this.#model.commands[name] : undefined;
    if (!known) return {status: 'rejected', code: 'unknown-command'};
    if (!known.sets) return {status: 'succeeded'};
    const {metric, argument} = known.sets;
    const wanted = (data as Record<string, unknown> | null)?.[argument];
    if (typeof wanted !== 'number') return {status: 'rejected', code: 'invalid-argument', argument};
    this.#values[metric] = wanted;
    return {status: 'succeeded', data: {[metric]: wanted}};
  }
}
