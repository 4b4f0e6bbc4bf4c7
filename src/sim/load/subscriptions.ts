/** Who subscribes to what, and should get what: the accounts of a run's subscribers. */
import type {DeliveryAccounting} from '../measure/delivery-accounting.js';
import type {SubscriberAccounting} from '../measure/subscriber-accounting.js';
import type {Identities} from './identity.js';
import type {LoadPlan} from './plan.js';
import {TopicTemplate} from './topic-template.js';

export interface Subscription {
  readonly filters: readonly string[];
  readonly account: SubscriberAccounting;
}

export function subscriptionOf(
  plan: LoadPlan,
  index: number,
  clientId: string,
  {identities, accounting}: {readonly identities: Identities; readonly accounting: DeliveryAccounting},
): Subscription {
  const {share, filters, clients} = plan.subscribe!;
  const publishers = plan.publish?.clients ?? 0;
  // Of who shares a subscription it does not matter which one a message came to.
  const account = accounting.subscriber(share === 'shared' ? filters.join(' ') : clientId);
  if (share === 'all' || share === 'shared') account.expect(0, publishers);
  if (share !== 'own') return {filters, account};
  if (clients === 1) account.expect(0, publishers);
  else for (let stream = index; stream < publishers; stream += clients) account.expect(stream);
  return {filters: clients === 1 ? filters : ownFilters(plan, index, identities), account};
}

/** The very topics of its publishers. */
function ownFilters(plan: LoadPlan, index: number, identities: Identities): string[] {
  const {topic, clients} = plan.publish!;
  const template = new TopicTemplate(topic);
  const filters: string[] = [];
  for (let stream = index; stream < clients; stream += plan.subscribe!.clients)
    filters.push(template.text(identities.of('pub', plan.start + stream, stream)));
  return filters;
}
