/**
 * Was each message delivered, once and in order? Exact, per subscriber and stream (what one publisher sends to one
 * topic, numbered from 0). What came in order costs one comparison a message and a few bytes a stream.
 */
import type {DeliverySnapshot} from './delivery-receipts.js';
import {type DeliveryTotals, mergeTotals, noMessages} from './delivery-totals.js';
import {type DeliveryRules, SubscriberAccounting} from './subscriber-accounting.js';

export class DeliveryAccounting {
  readonly #rules: DeliveryRules;
  readonly #subscribers = new Map<string, SubscriberAccounting>();
  readonly #sent = new Map<number, number>();

  constructor(rules: DeliveryRules) {
    this.#rules = rules;
  }

  /** The account of one subscriber, or of a group that shares a subscription. */
  subscriber(name: string): SubscriberAccounting {
    const known = this.#subscribers.get(name);
    if (known !== undefined) return known;
    const fresh = new SubscriberAccounting(this.#rules);
    this.#subscribers.set(name, fresh);
    return fresh;
  }

  /** A publisher sent so many messages of a stream, in all. */
  sent(stream: number, count: number): void {
    this.#sent.set(stream, count);
  }

  totals(): DeliveryTotals {
    let sum: DeliveryTotals = noMessages();
    for (const {totals} of this.#subscribers.values()) sum = mergeTotals(sum, totals);
    return sum;
  }

  snapshot(): DeliverySnapshot {
    return {
      subscribers: [...this.#subscribers].map(([subscriber, account]) => account.snapshot(subscriber)),
      sent: [...this.#sent],
    };
  }
}
