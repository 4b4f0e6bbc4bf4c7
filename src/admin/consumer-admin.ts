/** Consumers: made, held, moved and deleted with a record and an event; they move by themselves without one. */
import {
  type Consumer,
  type ConsumerSecret,
  type ConsumerState,
  type ConsumerTarget,
  checkAddress,
  checkConsumerName,
  type DeadLetter,
  shownAddress,
} from '../domain/consumer.js';
import {checkTopicTemplate} from '../domain/consumer-topic.js';
import {IotctlError} from '../domain/errors.js';
import {AddressNotPublic, requirePublicHost} from '../domain/public-lookup.js';
import {newSigningSecret, parseSigningSecret} from '../domain/webhook-signature.js';
import type {NewConsumer} from '../registry/consumers.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {Changes, Outcome} from './changes.js';
import {turnOf} from './consumer-file-admin.js';
import {nameOf, type Origin} from './origin.js';
import type {Turns} from './turns.js';

interface Parts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly clock: () => number;
  /** Was the platform started so that consumers may start commands? */
  readonly allowExec: boolean;
  /** There are others to run now. */
  readonly onChange: () => void;
  /** Of consumers, by `turnOf`: one whose files are being removed is changed when they are gone. */
  readonly turns: Turns;
}

type Verb = 'create' | 'update' | 'delete';

/** `signingSecret` is in this answer only, where the platform made it. */
export interface CreatedConsumer {
  readonly consumer: Consumer;
  readonly signingSecret?: string | undefined;
}

export class ConsumerAdmin {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  list(tenant: string): Promise<Consumer[]> {
    return this.#parts.registry.consumers.list(tenant);
  }

  /** Throws `IOT_CONSUMER_UNKNOWN`. */
  get(tenant: string, name: string): Promise<Consumer> {
    return this.#parts.registry.consumers.get(tenant, name);
  }

  /** Throws `IOT_REQUEST_INVALID`, `IOT_ADDRESS_PRIVATE`, `IOT_EXEC_REFUSED` or `IOT_CONFLICT`. */
  async create(origin: Origin, tenant: string, wanted: NewConsumer): Promise<CreatedConsumer> {
    checkConsumerName(wanted.name);
    const {target, secret} = this.#checked(wanted.target, wanted.secret);
    const consumer = await this.#change(
      origin,
      {tenant, name: wanted.name, verb: 'create'},
      async registry => {
        const by = {createdBy: nameOf(origin), nowMs: this.#parts.clock()};
        const made = await registry.consumers.create(tenant, {...wanted, target, secret}, by);
        const event = {type: 'consumer.created', data: {consumer: made.name, kind: target.kind}};
        return {result: made, after: made, event};
      },
    );
    const isMade = target.kind === 'webhook' && wanted.secret.signingSecret === undefined;
    return isMade ? {consumer, signingSecret: secret.signingSecret} : {consumer};
  }

  /** Throws `IOT_CONSUMER_UNKNOWN`. */
  setState(origin: Origin, tenant: string, name: string, state: ConsumerState): Promise<Consumer> {
    return this.#change(origin, {tenant, name, verb: 'update'}, async (registry, nowMs) => {
      const before = await registry.consumers.get(tenant, name);
      await registry.consumers.setState(tenant, name, state, nowMs);
      const after = await registry.consumers.get(tenant, name);
      const type = state === 'paused' ? 'consumer.paused' : 'consumer.resumed';
      return {result: after, before, after, event: {type, data: {consumer: name}}};
    });
  }

  /** It goes on behind that offset. Throws `IOT_CONSUMER_UNKNOWN`. */
  seek(origin: Origin, tenant: string, name: string, offset: number): Promise<Consumer> {
    return this.#change(origin, {tenant, name, verb: 'update'}, async (registry, nowMs) => {
      const before = await registry.consumers.get(tenant, name);
      await registry.consumers.seek(tenant, name, offset, nowMs);
      const after = await registry.consumers.get(tenant, name);
      const data = {consumer: name, from: before.offset, to: offset};
      return {result: after, before, after, event: {type: 'consumer.moved', data}};
    });
  }

  /** Its dead letters go with it. Throws `IOT_CONSUMER_UNKNOWN`. */
  async remove(origin: Origin, tenant: string, name: string): Promise<void> {
    await this.#change(origin, {tenant, name, verb: 'delete'}, async registry => {
      const before = await registry.consumers.get(tenant, name);
      await registry.consumers.remove(tenant, name);
      return {result: undefined, before, event: {type: 'consumer.deleted', data: {consumer: name}}};
    });
  }

  /** Throws `IOT_CONSUMER_UNKNOWN`. */
  async deadLetters(
    tenant: string,
    consumer: string,
    page: {after: number; limit: number},
  ): Promise<DeadLetter[]> {
    await this.get(tenant, consumer);
    return await this.#parts.registry.deadLetters.list({tenant, consumer}, page);
  }

  /** Sends them again, all or those at the offsets. Gives back how many. Throws `IOT_CONSUMER_UNKNOWN`. */
  replay(origin: Origin, tenant: string, consumer: string, offsets?: readonly number[]): Promise<number> {
    return this.#change(origin, {tenant, name: consumer, verb: 'update'}, async registry => {
      await registry.consumers.get(tenant, consumer);
      const count = await registry.deadLetters.replay({tenant, consumer}, offsets);
      return {
        result: count,
        after: {replayed: count},
        event: {type: 'consumer.replayed', data: {consumer, count}},
      };
    });
  }

  /** Forgets them. Gives back how many. Throws `IOT_CONSUMER_UNKNOWN`. */
  purge(origin: Origin, tenant: string, consumer: string, offsets?: readonly number[]): Promise<number> {
    return this.#change(origin, {tenant, name: consumer, verb: 'update'}, async registry => {
      await registry.consumers.get(tenant, consumer);
      const count = await registry.deadLetters.remove({tenant, consumer}, offsets);
      return {
        result: count,
        after: {purged: count},
        event: {type: 'consumer.purged', data: {consumer, count}},
      };
    });
  }

  async #change<Result>(
    origin: Origin,
    {tenant, name, verb}: {tenant: string; name: string; verb: Verb},
    work: (
      registry: Registry,
      nowMs: number,
    ) => Promise<Outcome<Result> & {event: {type: string; data: object}}>,
  ): Promise<Result> {
    const {changes, clock, onChange, turns} = this.#parts;
    const change = {tenant, action: `consumer:${verb}`, target: `consumer/${name}`};
    const apply = () =>
      changes.apply(origin, change, async registry => {
        const nowMs = clock();
        const {event, ...outcome} = await work(registry, nowMs);
        const data = {...event.data, by: nameOf(origin)};
        const told: OutboxEvent = {tenant, device: '', type: event.type, recordedMs: nowMs, data};
        return {...outcome, events: [told]};
      });
    const result = await turns.take(turnOf({tenant, name}), apply);
    onChange();
    return result;
  }

  /** What may be shown of it, and what may not. */
  #checked(target: ConsumerTarget, secret: ConsumerSecret): {target: ConsumerTarget; secret: ConsumerSecret} {
    switch (target.kind) {
      case 'webhook': {
        requireReachable(checkAddress(target.url, ['https:', 'http:']), target.allowPrivate);
        const {signingSecret = newSigningSecret()} = secret;
        parseSigningSecret(signingSecret);
        return {
          target: {...target, url: shownAddress(target.url)},
          secret: {...secret, url: target.url, signingSecret},
        };
      }
      case 'mqtt':
        requireReachable(checkAddress(target.url, ['mqtt:', 'mqtts:']), target.allowPrivate);
        checkTopicTemplate(target.topic);
        return {target: {...target, url: shownAddress(target.url)}, secret: {...secret, url: target.url}};
      case 'exec':
        if (!this.#parts.allowExec)
          throw new IotctlError('IOT_EXEC_REFUSED', 'this platform starts no commands for consumers');
        return {target, secret};
      case 'file':
        return {target, secret};
    }
  }
}

/** A name may mean any address later: that is looked at each time it is connected to. */
function requireReachable(url: URL, allowPrivate: boolean): void {
  try {
    if (!allowPrivate) requirePublicHost(url);
  } catch (error) {
    if (!(error instanceof AddressNotPublic)) throw error;
    throw new IotctlError('IOT_ADDRESS_PRIVATE', `${url.host}: ${error.message}`, {cause: error});
  }
}
