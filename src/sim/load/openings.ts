/** When each client's connection is opened: first at its place in the schedule, later when it wants to come back. */
import {DueHeap} from '../device/due-heap.js';
import {nowMs} from '../measure/clock.js';
import type {OpeningWindow} from '../wire/opening-window.js';
import type {PlacedClient} from './clients.js';
import type {LoadClient} from './load-client.js';

interface FirstOpening {
  readonly client: LoadClient;
  readonly dueMs: number;
}

export class Openings {
  readonly #window: OpeningWindow<LoadClient>;
  readonly #first: Iterator<FirstOpening, undefined>;
  readonly #again = new DueHeap<LoadClient>();
  #nextFirst: FirstOpening | undefined;
  #startMs = 0;

  /** `ratePerSec` is that of the whole run, whichever process a client is in. */
  constructor(clients: readonly PlacedClient[], ratePerSec: number, window: OpeningWindow<LoadClient>) {
    this.#window = window;
    this.#first = this.#inTheirOrder(clients, ratePerSec);
  }

  /** When the next one is due; Infinity where nobody is to be opened, or before `begin`. */
  get nextMs(): number {
    return Math.min(this.#nextFirst?.dueMs ?? Infinity, this.#again.nextMs);
  }

  /** The first of the run is due at `atMs`. */
  begin(atMs: number): void {
    this.#startMs = atMs;
    this.#nextFirst = this.#first.next().value;
  }

  again(client: LoadClient, dueMs: number): void {
    this.#again.set(client, dueMs);
  }

  /** Opens what is due, while not too many are on their way. */
  open(atMs: number): void {
    while (this.#nextFirst !== undefined && this.#nextFirst.dueMs <= atMs && this.#window.hasRoom(atMs)) {
      this.#openNow(this.#nextFirst.client, this.#nextFirst.dueMs);
      this.#nextFirst = this.#first.next().value;
    }
    while (this.#again.nextMs <= atMs && this.#window.hasRoom(atMs)) {
      const client = this.#again.take(atMs)!;
      this.#openNow(client, client.dueMs);
    }
  }

  #openNow(client: LoadClient, dueMs: number): void {
    this.#window.opened(client, nowMs());
    client.open(dueMs);
  }

  *#inTheirOrder(clients: readonly PlacedClient[], ratePerSec: number): Generator<FirstOpening, undefined> {
    for (const {client, place} of clients) yield {client, dueMs: this.#startMs + (place * 1000) / ratePerSec};
    return undefined;
  }
}
