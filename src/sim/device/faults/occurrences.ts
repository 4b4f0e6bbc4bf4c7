/** When a fault comes over one device: drawn from its seed, in device time, so that it comes at the same times again. */
import type {Chance} from '../chance.js';
import type {FaultSpec} from './fault-spec.js';

const HOUR_MS = 3_600_000;

export class Occurrences {
  readonly #spec: FaultSpec;
  readonly #chance: Chance;
  #happened = 0;

  constructor(spec: FaultSpec, chance: Chance) {
    this.#spec = spec;
    this.#chance = chance;
  }

  /** The next start, not before `afterMs` (both since the device's life began); Infinity where none comes. */
  next(afterMs: number): number {
    const startMs = this.#start(afterMs);
    this.#happened++;
    return startMs < (this.#spec.untilMs ?? Infinity) ? startMs : Infinity;
  }

  #start(afterMs: number): number {
    const {occurrence, fromMs} = this.#spec;
    switch (occurrence.kind) {
      case 'at':
        return this.#happened === 0 ? occurrence.atMs : Infinity;
      case 'every': {
        const {everyMs} = occurrence;
        const firstMs = fromMs > 0 ? fromMs : everyMs;
        const due = this.#happened === 0 ? 0 : Math.max(0, Math.ceil((afterMs - firstMs) / everyMs));
        return firstMs + due * everyMs;
      }
      case 'rate':
        return (
          Math.max(afterMs, fromMs) +
          this.#chance.delayMs({shape: 'exponential', mean: HOUR_MS / occurrence.perHour})
        );
      case 'probability':
        return Infinity;
    }
  }
}
