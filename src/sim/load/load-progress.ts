/** How far one process's share of a load test has come: what is due, what is sent, what has arrived. */
import type {Clients} from './clients.js';
import {expectedOf, type LoadPlan} from './plan.js';
import type {Sender} from './sender.js';

export interface Progress {
  /** Messages that were due until now. */
  readonly due: number;
  /** How many of them have not arrived. */
  readonly outstanding: number;
  /** How many of them are not even sent. */
  readonly unsent: number;
}

export class LoadProgress {
  readonly #plan: LoadPlan;
  readonly #clients: Clients;

  constructor(plan: LoadPlan, clients: Clients) {
    this.#plan = plan;
    this.#clients = clients;
  }

  read(): Progress {
    const due = this.#sum(({released}) => released);
    const unsent = due - this.#sent;
    const unacknowledged = this.#sum(({outstanding}) => outstanding);
    const copies = expectedOf(this.#plan, 1);
    if (copies === 0 || copies === Infinity) return {due, outstanding: unacknowledged, unsent};
    const {received, duplicated, missing} = this.#clients.accounting.totals();
    const arrived = (received - duplicated + missing) / copies;
    return {due, outstanding: Math.max(unacknowledged, due - arrived), unsent};
  }

  /** Has all come that was to come, by a count of what is received? */
  get hasReceivedCount(): boolean {
    const count = this.#plan.subscribe?.count ?? Infinity;
    return this.#clients.measurements.counter('received') >= count;
  }

  /** Of messages that came from other processes this one cannot know whether they are all there. */
  get hasAllArrived(): boolean {
    const {senders, accounting} = this.#clients;
    if (senders.some(({isDone}) => !isDone)) return false;
    const {subscribe, command, slice} = this.#plan;
    // Its devices still answer what other processes ask.
    if (command !== undefined) return slice.agents === 1;
    if (subscribe === null || subscribe.share === 'any') return true;
    if (slice.agents > 1) return false;
    const {received, duplicated} = accounting.totals();
    return received - duplicated >= expectedOf(this.#plan, this.#sent);
  }

  get #sent(): number {
    return this.#sum(({next}) => next);
  }

  #sum(of: (sender: Sender) => number): number {
    return this.#clients.senders.reduce((total, sender) => total + of(sender), 0);
  }
}
