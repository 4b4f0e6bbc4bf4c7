/** From a plan to the clients of one process. Subscribers connect first, so that they miss nothing. */
import {seededRandom} from '../random.js';
import {Clients} from './clients.js';
import {addCommanders, type Making} from './command/add-commanders.js';
import {Endpoints} from './endpoints.js';
import {Identities} from './identity.js';
import {LoadClient} from './load-client.js';
import type {CurrentMessage} from './message.js';
import {MessageWriter} from './message-writer.js';
import {stampPlaceOf} from './payload.js';
import {type LoadPlan, ownOf} from './plan.js';
import {Publisher, type PublisherContext} from './publisher.js';
import {Stamper} from './stamp.js';
import {StampReader} from './stamp-reader.js';
import {Subscriber, type SubscriberContext} from './subscriber.js';
import {subscriptionOf} from './subscriptions.js';
import {TopicTemplate} from './topic-template.js';

/** Throws what `openEndpoint`, templates and payloads throw. */
export async function makeClients(plan: LoadPlan): Promise<Clients> {
  const clients = new Clients(plan);
  const making: Making = {
    plan,
    clients,
    common: {
      plan,
      measurements: clients.measurements,
      random: seededRandom(plan.seed + plan.slice.agent),
      answered: client => clients.window.answered(client),
      openAt: (client, dueMs) => clients.hooks.openAt(client, dueMs),
      settled: () => clients.hooks.settled(),
      connectedNow: change => clients.connectedNow(change),
    },
    identities: new Identities(plan.run, plan.identity, plan.listed),
    endpoints: await Endpoints.open(plan),
    stamper: new Stamper(plan.run),
  };
  await addSubscribers(making);
  await addPublishers(making);
  await addIdle(making);
  await addCommanders(making);
  return clients;
}

async function addSubscribers({
  plan,
  clients,
  common,
  identities,
  endpoints,
  stamper,
}: Making): Promise<void> {
  const {subscribe, publish} = plan;
  if (subscribe === null) return;
  const place = publish === null ? 'any' : stampPlaceOf(publish.payload, plan.protocolVersion);
  const context: SubscriberContext = {...common, stamps: new StampReader(stamper, place), qos: subscribe.qos};
  for (const index of ownOf(plan, subscribe.clients)) {
    const identity = identities.of('sub', plan.start + index, (publish?.clients ?? 0) + index);
    const subscription = subscriptionOf(plan, index, identity.clientId, {
      identities,
      accounting: clients.accounting,
    });
    const client = new Subscriber(
      context,
      {identity, ...subscription},
      await endpoints.route(index, identity),
    );
    clients.all.push({client, place: index});
  }
}

async function addPublishers({plan, clients, common, identities, endpoints, stamper}: Making): Promise<void> {
  const {publish} = plan;
  if (publish === null) return;
  const current = {stream: 0, sequence: 0, dueMs: 0, sentMs: 0} as CurrentMessage;
  const context: PublisherContext = {
    ...common,
    publish,
    topic: new TopicTemplate(publish.topic),
    writer: new MessageWriter(plan, publish, {measurements: clients.measurements, stamper, current}),
    current,
    dueMs: (publisher, sequence, sentMs) => clients.hooks.dueMs(publisher, sequence, sentMs),
    hungry: publisher => clients.hooks.hungry(publisher),
    inFlight: change => clients.inFlight(change),
  };
  const before = plan.subscribe?.clients ?? 0;
  for (const index of ownOf(plan, publish.clients)) {
    const identity = identities.of('pub', plan.start + index, index);
    const client = new Publisher(context, {index, identity}, await endpoints.route(before + index, identity));
    clients.senders.push(client);
    clients.all.push({client, place: before + index});
  }
}

async function addIdle({plan, clients, common, identities, endpoints}: Making): Promise<void> {
  const before = (plan.subscribe?.clients ?? 0) + (plan.publish?.clients ?? 0);
  for (const index of ownOf(plan, plan.idle)) {
    const identity = identities.of('conn', plan.start + index, before + index);
    const client = new LoadClient(common, identity, await endpoints.route(before + index, identity));
    clients.all.push({client, place: before + index});
  }
}
