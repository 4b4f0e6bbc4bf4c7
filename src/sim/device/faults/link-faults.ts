/** Faults of one device's connection and of the device itself: when they begin and end. */
import type {Chance} from '../chance.js';
import type {TruthRecord} from '../truth.js';
import type {FaultSpec} from './fault-spec.js';
import {Occurrences} from './occurrences.js';

/** What happens to the connection at an edge. */
export type LinkEdge = 'cut' | 'power-off' | 'back' | 'slow' | 'fast' | 'tamper';

type Report = (record: Omit<TruthRecord, 'device' | 'deviceMs'>, atMs: number) => void;

export class LinkFault {
  readonly spec: FaultSpec;
  readonly #occurrences: Occurrences;
  readonly #report: Report;
  #edges: (readonly [atMs: number, edge: LinkEdge])[] = [];
  #endMs = 0;
  #begun = false;

  constructor(spec: FaultSpec, chance: Chance, report: Report) {
    this.spec = spec;
    this.#occurrences = new Occurrences(spec, chance);
    this.#report = report;
    this.#plan(0);
  }

  /** The next edge, since the device's life began; Infinity where none comes. */
  get nextMs(): number {
    return this.#edges[0]?.[0] ?? Infinity;
  }

  /** Takes the next edge. */
  take(): LinkEdge {
    const [atMs, edge] = this.#edges.shift()!;
    if (!this.#begun) this.#report({fault: this.spec.fault, phase: this.#lasts ? 'start' : 'once'}, atMs);
    this.#begun = true;
    if (this.#edges.length === 0) {
      this.end(atMs);
      this.#plan(Math.max(this.#endMs, atMs + 1));
    }
    return edge;
  }

  /** It is over, or the run is. */
  end(atMs: number): void {
    if (this.#begun && this.#lasts) this.#report({fault: this.spec.fault, phase: 'end'}, atMs);
    this.#begun = false;
    this.#edges = [];
  }

  get #lasts(): boolean {
    return this.spec.forMs > 0;
  }

  #plan(afterMs: number): void {
    const startMs = this.#occurrences.next(afterMs);
    if (startMs === Infinity) return;
    this.#endMs = startMs + this.spec.forMs;
    this.#edges = edgesOf(this.spec, startMs);
  }
}

function edgesOf({fault, forMs, periodMs}: FaultSpec, startMs: number): (readonly [number, LinkEdge])[] {
  const endMs = startMs + forMs;
  switch (fault) {
    case 'slow-reader':
      return [
        [startMs, 'slow'],
        [endMs, 'fast'],
      ];
    case 'power-cut':
      return [
        [startMs, 'power-off'],
        [endMs, 'back'],
      ];
    case 'flapping': {
      const times = Math.max(1, Math.floor(forMs / periodMs));
      return Array.from({length: times}, (_, index) => startMs + index * periodMs).flatMap(dropMs => [
        [dropMs, 'cut'] as const,
        [dropMs + periodMs / 2, 'back'] as const,
      ]);
    }
    case 'tamper':
      return [[startMs, 'tamper']];
    default:
      return [
        [startMs, 'cut'],
        [endMs, 'back'],
      ];
  }
}
