/** From a plan to the devices and requesters of one process. Devices connect first, so that they miss nothing. */
import {ApiClient} from '../../../client/api-client.js';
import type {Clients} from '../clients.js';
import type {Endpoints} from '../endpoints.js';
import type {Identities} from '../identity.js';
import type {ClientContext} from '../load-client.js';
import {type LoadPlan, ownOf, type PlannedCommands} from '../plan.js';
import type {Stamper} from '../stamp.js';
import {TopicTemplate} from '../topic-template.js';
import {ApiRequester} from './api-requester.js';
import {CommandTopics} from './command-topics.js';
import {PlatformResponder} from './platform-responder.js';
import {Requester} from './requester.js';
import type {RequesterContext} from './requester-context.js';
import {Responder} from './responder.js';

/** What clients of a process are made with. */
export interface Making {
  readonly plan: LoadPlan;
  readonly clients: Clients;
  readonly common: ClientContext;
  readonly identities: Identities;
  readonly endpoints: Endpoints;
  readonly stamper: Stamper;
}

export async function addCommanders(making: Making): Promise<void> {
  const {plan, identities, clients, common, stamper} = making;
  const {command} = plan;
  if (command === undefined) return;
  const context: RequesterContext = {
    ...common,
    topics: new CommandTopics(plan, command, identities),
    stamper,
    inflight: command.inflight,
    timeoutMs: command.timeoutMs,
    dueMs: (requester, sequence, sentMs) => clients.hooks.dueMs(requester, sequence, sentMs),
    inFlight: change => clients.inFlight(change),
  };
  await addDevices(making, command, context);
  if (command.platform === null) await addRequesters(making, command, context);
  else addApiRequesters(making, command, context);
}

async function addDevices(
  {plan, clients, endpoints}: Making,
  {devices, qos, platform, topic}: PlannedCommands,
  context: RequesterContext,
): Promise<void> {
  const Device = platform === null ? Responder : PlatformResponder;
  for (const index of ownOf(plan, devices)) {
    const identity = context.topics.device(index);
    const filter = platform === null ? context.topics.ofDevice(index) : topic;
    const client = new Device(context, {identity, filter, qos}, await endpoints.route(index, identity));
    clients.all.push({client, place: index});
  }
}

async function addRequesters(
  {plan, clients, endpoints}: Making,
  commands: PlannedCommands,
  context: RequesterContext,
): Promise<void> {
  for (const index of ownOf(plan, commands.clients)) {
    const identity = context.topics.requester(index);
    const place = commands.devices + index;
    const route = await endpoints.route(place, identity);
    const client = new Requester(context, {index, identity, commands}, route);
    clients.senders.push(client.sender);
    clients.all.push({client, place});
  }
}

const DEVICE = new TopicTemplate('{device}');

function addApiRequesters(
  {plan, clients}: Making,
  {clients: requesters, platform}: PlannedCommands,
  context: RequesterContext,
): void {
  const {address, command} = platform!;
  const api = new ApiClient(address);
  const {topics} = context;
  for (const index of ownOf(plan, requesters)) {
    const deviceOf = (sequence: number): string =>
      DEVICE.text(topics.device(topics.deviceOf(index, sequence)));
    clients.senders.push(new ApiRequester(index, context, {api, command, deviceOf}).sender);
  }
}
