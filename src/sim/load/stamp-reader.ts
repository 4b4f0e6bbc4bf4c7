import type {StampPlace} from './payload.js';
import type {Stamp, Stamper} from './stamp.js';

/** Finds the stamps in what comes. */
export class StampReader {
  /** Should each message have one? Then one without is foreign. */
  readonly expected: boolean;
  readonly #stamper: Stamper;
  readonly #place: StampPlace | 'any';

  /** Of foreign publishers the place is not known: `any` looks where it may be. */
  constructor(stamper: Stamper, place: StampPlace | 'any') {
    this.expected = place !== 'any' && place !== 'none';
    this.#stamper = stamper;
    this.#place = place;
  }

  read(payload: Buffer, properties: Buffer | undefined, nowMs: number): Stamp | undefined {
    switch (this.#place) {
      case 'start':
        return this.#stamper.read(payload, nowMs);
      case 'text':
        return this.#stamper.readText(payload, nowMs);
      case 'property':
        return this.#stamper.readProperty(properties, nowMs);
      case 'none':
        return undefined;
      case 'any':
        return (
          this.#stamper.read(payload, nowMs) ??
          this.#stamper.readText(payload, nowMs) ??
          this.#stamper.readProperty(properties, nowMs)
        );
    }
  }
}
