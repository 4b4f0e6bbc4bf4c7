/** Enrolment groups, and who is let in through them. */
import {isIP} from 'node:net';
import type {EnrolmentGroup, EnrolmentRequest, EnrolmentRequestState} from '../domain/enrolment.js';
import {IotctlError} from '../domain/errors.js';
import {isDeviceId} from '../domain/ids.js';
import {isPublicAddress} from '../domain/public-address.js';
import type {CreatedGroup, WantedGroup} from '../registry/enrolment-groups.js';
import {type RegistrationId, type RequestPage, requestOf} from '../registry/registrations.js';
import type {Registry} from '../registry/registry.js';
import type {RegistrationRow} from '../registry/tables/enrolment.js';
import type {WebhookDecision} from './approval-webhook.js';
import type {Changes} from './changes.js';
import {isLoopbackUrl} from './enrolment-webhooks.js';
import {resolveModel} from './model-resolution.js';
import type {IdentityNews} from './news.js';
import {fromPolicy, nameOf, type Origin} from './origin.js';

export type GroupRequest = Omit<WantedGroup, 'model' | 'modelRef'> & {readonly model: string | null};

export interface EnrolmentParts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly news: IdentityNews;
  readonly clock: () => number;
  /** May a webhook be on this machine? */
  readonly allowLoopback: boolean;
}

export class EnrolmentAdmin {
  readonly #parts: EnrolmentParts;

  constructor(parts: EnrolmentParts) {
    this.#parts = parts;
  }

  groups(tenant: string): Promise<EnrolmentGroup[]> {
    return this.#parts.registry.enrolmentGroups.list(tenant);
  }

  group(tenant: string, name: string): Promise<EnrolmentGroup> {
    return this.#parts.registry.enrolmentGroups.get(tenant, name);
  }

  requests(
    tenant: string,
    page: {
      limit: number;
      cursor?: string | undefined;
      group?: string | undefined;
      state?: EnrolmentRequestState | undefined;
    },
  ): Promise<RequestPage> {
    return this.#parts.registry.registrations.list(tenant, page);
  }

  /** Keys are in this answer only. Throws `IOT_REQUEST_INVALID`, `IOT_CONFLICT` or `IOT_CERTIFICATE_UNKNOWN`. */
  async create(origin: Origin, tenant: string, request: GroupRequest): Promise<CreatedGroup> {
    this.#checkWebhook(request);
    const change = {tenant, action: 'enrolment:create', target: `enrolment/${request.name}`};
    const created = await this.#parts.changes.apply(origin, change, async registry => {
      if (request.authority !== null) await takeAuthority(registry, tenant, request.authority);
      const ref = request.model;
      const model = ref === null ? null : (await resolveModel(registry, tenant, ref)).model;
      const by = {createdBy: nameOf(origin), nowMs: this.#parts.clock()};
      const made = await registry.enrolmentGroups.create(tenant, {...request, model, modelRef: ref}, by);
      return {result: made, after: made.group};
    });
    // Whoever came with a certificate of that authority has to come again.
    if (request.authority !== null) this.#parts.news.authorities({tenant});
    return created;
  }

  async setState(
    origin: Origin,
    tenant: string,
    name: string,
    state: EnrolmentGroup['state'],
  ): Promise<EnrolmentGroup> {
    const change = {tenant, action: 'enrolment:update', target: `enrolment/${name}`};
    return await this.#parts.changes.apply(origin, change, async registry => {
      const before = await registry.enrolmentGroups.get(tenant, name);
      await registry.enrolmentGroups.setState(tenant, name, state);
      const after = {...before, state};
      return {result: after, before, after};
    });
  }

  /** Its devices stay, with what they log in with. */
  async remove(origin: Origin, tenant: string, name: string): Promise<void> {
    const change = {tenant, action: 'enrolment:delete', target: `enrolment/${name}`};
    await this.#parts.changes.apply(origin, change, async registry => {
      const before = await registry.enrolmentGroups.get(tenant, name);
      await registry.enrolmentGroups.remove(tenant, name);
      return {result: undefined, before};
    });
  }

  /** What waits, or was denied, may come. Throws `IOT_ENROLMENT_UNKNOWN` or `IOT_CONFLICT`. */
  async approve(origin: Origin, id: RegistrationId): Promise<EnrolmentRequest> {
    return await this.#decide(origin, id, 'approved', undefined);
  }

  /** It does not get in, through any group, also where it has not asked yet. */
  async deny(origin: Origin, id: RegistrationId, reason: string | undefined): Promise<EnrolmentRequest> {
    if (!isDeviceId(id.registrationId))
      throw new IotctlError('IOT_DEVICE_ID_INVALID', 'a registration id is one that a device can have');
    return await this.#decide(origin, id, 'denied', reason);
  }

  readonly decided = async (row: RegistrationRow, decision: WebhookDecision): Promise<void> => {
    const {tenant, group_name: group, registration_id: registrationId} = row;
    const id = {tenant, group, registrationId};
    // Somebody may have decided in between.
    if ((await this.#parts.registry.registrations.find(id))?.state !== 'waiting') return;
    const origin = fromPolicy('enrolment-webhook');
    await this.#decide(
      origin,
      id,
      decision.allow ? 'approved' : 'denied',
      decision.allow ? undefined : decision.reason,
    );
  };

  readonly unanswered = async (row: RegistrationRow, error: Error): Promise<void> => {
    const {tenant, group_name: group, registration_id: id} = row;
    const change = {tenant, action: 'enrolment:approve', target: `enrolment/${group}/${id}`};
    await this.#parts.changes.failed(
      fromPolicy('enrolment-webhook'),
      change,
      new IotctlError('IOT_TIMED_OUT', `the webhook gave no answer: ${error.message}`),
    );
  };

  async #decide(
    origin: Origin,
    id: RegistrationId,
    state: 'approved' | 'denied',
    reason: string | undefined,
  ): Promise<EnrolmentRequest> {
    const {tenant, group, registrationId} = id;
    const change = {
      tenant,
      action: 'enrolment:approve',
      target: `enrolment/${group}/${registrationId}`,
      reason,
    };
    return await this.#parts.changes.apply(origin, change, async registry => {
      await registry.enrolmentGroups.get(tenant, group);
      const row =
        state === 'approved' ? await registry.registrations.get(id) : await registry.registrations.find(id);
      if (row?.state === state || (state === 'approved' && row?.state === 'registered'))
        throw new IotctlError('IOT_CONFLICT', `${registrationId} is ${row.state} already`);
      const nowMs = this.#parts.clock();
      const by = nameOf(origin);
      // Whoever was registered, and then denied, is what they were when that is taken back.
      const isBack = state === 'approved' && row?.state === 'denied' && row.registered_ms !== null;
      const to = isBack ? 'registered' : state;
      const columns = {state: to, decided_by: by, reason: reason ?? null} as const;
      const after = requestOf(await registry.registrations.put(id, columns, nowMs));
      const data = {group, registrationId, by, reason: reason ?? null};
      const events = [{tenant, device: '', type: `enrolment.${state}`, recordedMs: nowMs, data}];
      return {result: after, before: row && requestOf(row), after, events};
    });
  }

  #checkWebhook({approval, webhook, allowPrivate}: GroupRequest): void {
    if ((approval === 'webhook') !== (webhook !== null))
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        'approval by webhook needs its URL, and the URL that approval',
      );
    if (webhook === null) return;
    const url = URL.canParse(webhook) ? new URL(webhook) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        'a webhook is an http or https URL without a password in it',
      );
    if (allowPrivate || (this.#parts.allowLoopback && isLoopbackUrl(webhook))) return;
    // A name is looked at again when it is called: what it means may change.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isElsewhere = isIP(host) === 0 ? !/(?:^|\.)localhost$/.test(host) : isPublicAddress(host);
    if (url.protocol === 'https:' && isElsewhere) return;
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      'a webhook is called over https, and outside of private networks, unless that is allowed',
    );
  }
}

/** Throws `IOT_CERTIFICATE_UNKNOWN`, or `IOT_CONFLICT` for one that does not count, or does for another group. */
async function takeAuthority(registry: Registry, tenant: string, id: string): Promise<void> {
  const {kind, state} = await registry.authorities.get(tenant, id);
  if (kind !== 'customer' || state !== 'active')
    throw new IotctlError(
      'IOT_CONFLICT',
      `authority ${id} is ${kind}, ${state}: prove first that you hold its key`,
    );
  const [other] = await registry.enrolmentGroups.ofAuthority(id);
  if (other) throw new IotctlError('IOT_CONFLICT', `authority ${id} is that of group ${other.name}`);
  await registry.authorities.useForEnrolment(id);
}
