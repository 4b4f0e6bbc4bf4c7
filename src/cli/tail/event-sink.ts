/** Where the events of a tail go, when they are not printed. */
import type {CloudEvent} from '../../domain/cloud-event.js';

export interface EventSink {
  /** Aborts when going on has become useless; `finish` then throws why. */
  readonly failed: AbortSignal;
  /** Resolves when there is room for the next one. Throws what makes going on useless. */
  take(event: CloudEvent): Promise<void>;
  /** Makes what is done with last, where that takes more than doing it. */
  sync?(): Promise<void>;
  /** Once all that was taken is done with. Throws where not all of it went well. */
  finish(): Promise<void>;
  /** Gives up what is not done. */
  abandon(): Promise<void>;
}

/** How far work that goes on at the same time is done without a gap. */
export class Progress {
  readonly #open = new Set<number>();
  #newest: number | undefined;

  begin(offset: number): void {
    this.#open.add(offset);
    this.#newest = offset;
  }

  end(offset: number): void {
    this.#open.delete(offset);
  }

  /** Nothing up to there is for this reader. */
  passed(offset: number): void {
    this.#newest = offset;
  }

  /** Everything up to this offset is done with; undefined where nothing is. */
  get doneUpTo(): number | undefined {
    // A set keeps the order in which its members came.
    const [oldest] = this.#open;
    return oldest === undefined ? this.#newest : oldest - 1;
  }
}
