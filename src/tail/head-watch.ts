/** Waits for the head of the event stream to move on. */
import type {TailPorts} from './history.js';

/** Knows the head as it was last told, so that a notice between a look and a wait is not lost. Close it. */
export class HeadWatch {
  #head: number;
  #wake: () => void = () => {};
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#wake();
  readonly #stop: () => void;

  constructor({stream, onHead}: Pick<TailPorts, 'stream' | 'onHead'>, signal: AbortSignal) {
    this.#signal = signal;
    // Listening comes first: what is committed after the look is told.
    this.#head = 0;
    this.#stop = onHead(head => {
      this.#head = Math.max(this.#head, head);
      this.#wake();
    });
    this.#head = Math.max(this.#head, stream.head());
    signal.addEventListener('abort', this.#onAbort, {once: true});
  }

  get head(): number {
    return this.#head;
  }

  /** Resolves once there is something at `offset`, or the signal aborts. */
  async beyond(offset: number): Promise<void> {
    while (this.#head <= offset && !this.#signal.aborted) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#stop();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
