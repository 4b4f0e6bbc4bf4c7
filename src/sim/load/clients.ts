/** The clients of one process's share of a run, and what they are accounted for. */
import {DeliveryAccounting} from '../measure/delivery-accounting.js';
import type {DeliverySnapshot} from '../measure/delivery-receipts.js';
import {Measurements} from '../measure/measurements.js';
import {OpeningWindow} from '../wire/opening-window.js';
import type {LoadClient} from './load-client.js';
import type {LoadPlan} from './plan.js';
import {receiptsOfAny} from './receipts-of-any.js';
import type {Sender} from './sender.js';

const ENDS_AT_ONCE = 500;

/** What clients ask of their run. */
export interface RunHooks {
  openAt(client: LoadClient, dueMs: number): void;
  settled(): void;
  hungry(sender: Sender): void;
  dueMs(publisher: number, sequence: number, sentMs: number): number;
}

export interface PlacedClient {
  readonly client: LoadClient;
  /** In the order in which all clients of the run connect. */
  readonly place: number;
}

export class Clients {
  readonly measurements = new Measurements();
  readonly accounting: DeliveryAccounting;
  readonly window: OpeningWindow<LoadClient>;
  readonly senders: Sender[] = [];
  /** In the order in which they connect. */
  readonly all: PlacedClient[] = [];
  hooks!: RunHooks;
  readonly #plan: LoadPlan;
  #connectedNow = 0;
  #inFlight = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.window = new OpeningWindow(plan.slice.agents);
    this.accounting = new DeliveryAccounting({lateAfterMs: plan.lateAfterMs});
  }

  connectedNow(change: 1 | -1): void {
    this.#connectedNow += change;
    this.measurements.gauge('connectedNow', this.#connectedNow);
  }

  inFlight(change: 1 | -1): void {
    this.#inFlight += change;
    this.measurements.gauge('inFlight', this.#inFlight);
  }

  /** The last word on what was sent. */
  account(how: {readonly unsentCounts: boolean}): void {
    for (const sender of this.senders) {
      sender.account(how);
      this.accounting.sent(sender.index, sender.next);
    }
  }

  /** All of them say goodbye. */
  async end(): Promise<void> {
    for (let from = 0; from < this.all.length; from += ENDS_AT_ONCE)
      await Promise.all(this.all.slice(from, from + ENDS_AT_ONCE).map(({client}) => client.end()));
  }

  /** Null where nobody was to receive anything. */
  delivery(): DeliverySnapshot | null {
    const {subscribe} = this.#plan;
    if (subscribe === null) return null;
    const snapshot = this.accounting.snapshot();
    return subscribe.share === 'any' ? receiptsOfAny(snapshot) : snapshot;
  }
}
