import type {RunPhase} from '../../domain/live-view.js';

/** How long a run connected, and how long it was under load. */
export class Phases {
  readonly #startMs: number;
  #current: RunPhase = 'preparing';
  #connectFromMs: number | undefined;
  #connectToMs: number | undefined;
  #loadFromMs: number | undefined;
  #loadToMs: number | undefined;
  #endMs: number | undefined;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  get current(): RunPhase {
    return this.#current;
  }

  enter(phase: RunPhase, atMs: number): void {
    this.#current = phase;
    if (phase === 'connecting') this.#connectFromMs = atMs;
    if (phase === 'running') this.#loadFromMs = atMs;
    if (phase !== 'connecting' && this.#connectFromMs !== undefined) this.#connectToMs ??= atMs;
    if (phase !== 'running' && this.#loadFromMs !== undefined) this.#loadToMs ??= atMs;
    if (phase === 'ended') this.#endMs = atMs;
  }

  /** A phase that never came took no time. */
  times(nowMs: number): {readonly durationMs: number; readonly connectMs: number; readonly loadMs: number} {
    return {
      durationMs: (this.#endMs ?? nowMs) - this.#startMs,
      connectMs: lengthOf(this.#connectFromMs, this.#connectToMs ?? nowMs),
      loadMs: lengthOf(this.#loadFromMs, this.#loadToMs ?? nowMs),
    };
  }
}

const lengthOf = (fromMs: number | undefined, toMs: number): number =>
  fromMs === undefined ? 0 : toMs - fromMs;
