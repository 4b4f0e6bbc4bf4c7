/** Which sessions have subscribed to what; subscriptions of QoS 0 are kept for their session, and never matched. */
import type {MatchedSubscription, StoredSubscription, Subscription} from './records.js';
import type {Session} from './session-table.js';
import type {Tables} from './tables.js';
import {TopicTree} from './topic-tree.js';

export class SubscriptionIndex {
  readonly #tree = new TopicTree<Map<string, MatchedSubscription>>();
  #matched = 0;

  constructor(private readonly tables: Tables) {}

  /** How many subscriptions can be matched. */
  get size(): number {
    return this.#matched;
  }

  /** Stores a subscription, or changes the one of the same filter. */
  add(session: Session, wanted: Subscription): void {
    const found = session.subscriptions.get(wanted.topic);
    const subscription = pick(wanted);
    const row = found?.row ?? session.nextRow++;
    session.subscriptions.set(wanted.topic, {row, subscription});
    void this.tables.put(this.tables.subscriptions, [session.number, row], subscription);
    this.index(session, subscription);
  }

  remove(session: Session, filter: string): void {
    const found = session.subscriptions.get(filter);
    if (found === undefined) return;
    session.subscriptions.delete(filter);
    void this.tables.remove(this.tables.subscriptions, [session.number, found.row]);
    this.#unindex(session, filter);
  }

  matching(topic: string): MatchedSubscription[] {
    return this.#tree.matching(topic).flatMap(byClient => [...byClient.values()].map(found => ({...found})));
  }

  index(session: Session, {topic, qos, rh, rap, nl}: StoredSubscription): void {
    this.#unindex(session, topic);
    if (qos === 0) return;
    let byClient = this.#tree.get(topic);
    if (byClient === undefined) {
      byClient = new Map();
      this.#tree.set(topic, byClient);
    }
    byClient.set(session.clientId, {clientId: session.clientId, topic, qos, rh, rap, nl});
    this.#matched++;
  }

  #unindex(session: Session, filter: string): void {
    const byClient = this.#tree.get(filter);
    if (byClient?.delete(session.clientId) !== true) return;
    this.#matched--;
    if (byClient.size === 0) this.#tree.delete(filter);
  }
}

function pick({topic, qos, rh, rap, nl, subscriptionIdentifier}: Subscription): StoredSubscription {
  const subscription = {topic, qos, rh, rap, nl};
  return subscriptionIdentifier === undefined ? subscription : {...subscription, subscriptionIdentifier};
}
