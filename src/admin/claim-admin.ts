/** Claims as people make and end them. A claim offers a device that nobody has; see `claim-redemption.ts` for its use. */
import {type Access, type DeviceFacts, type DeviceScope, decideOnDevice} from '../domain/access.js';
import {CLAIM_TTL_SEC_DEFAULT, type Claim} from '../domain/claim.js';

import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {parseDeviceId} from '../domain/ids.js';
import {type LifecycleStep, lifecycleAfter} from '../domain/lifecycle.js';
import {parseModelRef} from '../domain/model.js';
import {type ClaimPage, stateAt, viewOf, type WantedClaim} from '../registry/claims.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {ClaimRow} from '../registry/tables/enrolment.js';
import type {Changes} from './changes.js';
import {deviceEvent} from './device-step.js';
import {refuseOwned} from './first-credential.js';
import {resolveModel} from './model-resolution.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

export interface ClaimRequest {
  /** Of a device that is there, or of one that is to be made. */
  readonly device?: string | undefined;
  readonly model?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly serial?: string | undefined;
  readonly ttlSec?: number | undefined;
  readonly approval?: boolean | undefined;
}

export interface ClaimParts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly news: IdentityNews;
  readonly clock: () => number;
}

/** More that wait at once are a mistake, and help whoever guesses. */
const WAITING_MAX = 1000;

const KEPT_MS = 30 * 86_400_000;
const FORGET_EVERY_MS = 3_600_000;
const OVERDUE_AT_ONCE = 100;

const BY_TIME: Origin = {
  caller: undefined,
  actor: {kind: 'system', name: 'claim-expiry'},
  address: null,
  userAgent: null,
  traceId: null,
};

export class ClaimAdmin {
  readonly #parts: ClaimParts;
  #forgotMs = 0;

  constructor(parts: ClaimParts) {
    this.#parts = parts;
  }

  /** `code` is in this answer only. Throws `IOT_DEVICE_OWNED`, `IOT_DEVICE_RETIRED`, `IOT_FORBIDDEN` or `IOT_CONFLICT`. */
  async create(origin: Origin, tenant: string, request: ClaimRequest): Promise<{claim: Claim; code: string}> {
    const change = {tenant, action: 'claim:create', target: targetOf(request)};
    return await this.#parts.changes.apply(origin, change, async registry => {
      const nowMs = this.#parts.clock();
      if ((await registry.claims.countWaiting(tenant, nowMs)) >= WAITING_MAX)
        throw new IotctlError('IOT_CONFLICT', `${WAITING_MAX} claims of this tenant wait already`);
      const present =
        request.device === undefined
          ? undefined
          : await registry.devices.find(tenant, parseDeviceId(request.device));
      const device = present && (await registry.devices.get(tenant, present.id));
      const facts = device
        ? ofDevice(origin, device, request)
        : await ofRequest(registry, origin, tenant, request);
      const by = {createdBy: nameOf(origin), nowMs};
      const wanted: WantedClaim = {
        ...facts,
        serial: request.serial ?? null,
        approval: request.approval ?? false,
        expiresMs: nowMs + (request.ttlSec ?? CLAIM_TTL_SEC_DEFAULT) * 1000,
      };
      const made = await registry.claims.create(tenant, wanted, by);
      const moved = device ? await this.#step(registry, device, 'offer', by.createdBy) : [];
      const events = [claimEvent(made.claim, tenant, 'claim.created', {by: by.createdBy}), ...moved];
      return {result: made, after: made.claim, events};
    });
  }

  list(
    tenant: string,
    page: {limit: number; cursor?: string | undefined; scope: DeviceScope},
  ): Promise<ClaimPage> {
    return this.#parts.registry.claims.list(tenant, page, this.#parts.clock());
  }

  get(tenant: string, id: string): Promise<Claim> {
    return this.#parts.registry.claims.get(tenant, id, this.#parts.clock());
  }

  /** What a decision has to know of what a claim is for. Throws `IOT_CLAIM_UNKNOWN`. */
  async facts(tenant: string, id: string): Promise<DeviceFacts> {
    const {model, labels} = await this.#parts.registry.claims.row(tenant, id);
    return {model, labels: JSON.parse(labels) as Record<string, string>, lifecycle: 'claimable'};
  }

  /** Throws `IOT_CLAIM_UNKNOWN`, or `IOT_CONFLICT` for one that has ended. */
  async withdraw(origin: Origin, tenant: string, id: string): Promise<Claim> {
    return await this.#end(origin, {tenant, id}, 'withdraw', 'withdrawn');
  }

  async deny(origin: Origin, tenant: string, id: string): Promise<Claim> {
    return await this.#end(origin, {tenant, id}, 'deny', 'denied');
  }

  /** A second person agrees. Throws `IOT_FORBIDDEN` for whoever made it, `IOT_CONFLICT` for one that does not wait for that. */
  async approve(origin: Origin, tenant: string, id: string): Promise<Claim> {
    const change = {tenant, action: 'claim:approve', target: `claim/${id}`};
    return await this.#parts.changes.apply(origin, change, async registry => {
      const row = await registry.claims.row(tenant, id);
      const before = viewOf(row, this.#parts.clock());
      const by = nameOf(origin);
      if (by === row.created_by)
        throw new IotctlError('IOT_FORBIDDEN', 'who made a claim cannot be the second person who agrees');
      if (before.state !== 'pending' || before.decidedBy !== null)
        throw new IotctlError(
          'IOT_CONFLICT',
          `claim ${id} does not wait for a decision: it is ${told(before)}`,
        );
      await registry.claims.move(row, 'pending', 'pending', {decided_by: by});
      const after = {...before, decidedBy: by};
      return {result: after, before, after, events: [claimEvent(after, tenant, 'claim.approved', {by})]};
    });
  }

  /** Writes down which claims have ended by themselves. To be called now and then. */
  async expire(): Promise<void> {
    const {registry, changes, clock} = this.#parts;
    for (const {tenant, id} of await registry.claims.overdue(clock(), OVERDUE_AT_ONCE)) {
      const change = {tenant, action: 'claim:expire', target: `claim/${id}`};
      await changes.apply(BY_TIME, change, async now => {
        const row = await now.claims.row(tenant, id);
        if (stateAt(row, clock()) !== 'expired' || row.state === 'expired') return {result: undefined};
        await now.claims.move(row, row.state, 'expired');
        const after = viewOf({...row, state: 'expired'}, clock());
        const freed = await this.#takeOfferBack(now, row, nameOf(BY_TIME));
        return {result: undefined, after, events: [claimEvent(after, tenant, 'claim.expired', {}), ...freed]};
      });
    }
    if (clock() - this.#forgotMs < FORGET_EVERY_MS) return;
    this.#forgotMs = clock();
    await registry.claims.forgetBefore(clock() - KEPT_MS);
  }

  async #end(
    origin: Origin,
    {tenant, id}: {tenant: string; id: string},
    verb: 'withdraw' | 'deny',
    to: 'withdrawn' | 'denied',
  ): Promise<Claim> {
    const action = verb === 'deny' ? 'claim:approve' : 'claim:withdraw';
    return await this.#parts.changes.apply(
      origin,
      {tenant, action, target: `claim/${id}`},
      async registry => {
        const row = await registry.claims.row(tenant, id);
        const before = viewOf(row, this.#parts.clock());
        if (before.state !== 'open' && before.state !== 'pending')
          throw new IotctlError('IOT_CONFLICT', `claim ${id} is ${before.state} already`);
        const by = nameOf(origin);
        const decided = verb === 'deny' ? {decided_by: by} : {};
        await registry.claims.move(row, before.state, to, decided);
        const after = viewOf({...row, ...decided, state: to}, this.#parts.clock());
        const freed = await this.#takeOfferBack(registry, row, by);
        const events = [claimEvent(after, tenant, `claim.${to}`, {by}), ...freed];
        return {result: after, before, after, events};
      },
    );
  }

  /** The device that was offered is as it was, unless another claim still offers it. */
  async #takeOfferBack(registry: Registry, row: ClaimRow, by: string): Promise<OutboxEvent[]> {
    const {tenant, id, device: name, generation} = row;
    if (name === null || generation === null) return [];
    const present = await registry.devices.find(tenant, name);
    if (present?.lifecycle !== 'claimable' || present.generation !== generation) return [];
    if (await registry.claims.waitsFor(tenant, name, id, this.#parts.clock())) return [];
    return await this.#step(registry, await registry.devices.get(tenant, name), 'withdraw', by);
  }

  async #step(registry: Registry, device: Device, step: LifecycleStep, by: string): Promise<OutboxEvent[]> {
    const to = lifecycleAfter(device.id, device.lifecycle, step);
    if (to === device.lifecycle) return [];
    const nowMs = this.#parts.clock();
    const note = JSON.stringify({reason: null, at: new Date(nowMs).toISOString(), by});
    const columns = {lifecycle: to, lifecycle_note: note};
    await registry.deviceChanges.apply(device, columns, {fields: ['lifecycle'], by, nowMs});
    const told = {axis: 'lifecycle', from: device.lifecycle, to, reason: null, by};
    return [deviceEvent(device, 'device.state_changed', told)];
  }
}

type Facts = Pick<WantedClaim, 'device' | 'generation' | 'model' | 'modelRef' | 'labels'>;

/** What is there says itself what it is: a code cannot make it something else. */
function ofDevice({caller}: Origin, device: Device, {model, labels = {}}: ClaimRequest): Facts {
  const mayKnow = caller && decideOnDevice(caller.access, 'device:read', device).allowed;
  if (!mayKnow)
    throw new IotctlError(
      'IOT_DEVICE_UNKNOWN',
      `no device ${JSON.stringify(device.id)} in tenant ${device.tenant}`,
    );
  refuseForbidden(caller.access, device);
  refuseOwned(device);
  const otherModel = model !== undefined && parseModelRef(model).name !== device.model;
  if (otherModel || Object.entries(labels).some(([key, value]) => device.labels[key] !== value))
    throw new IotctlError(
      'IOT_CONFLICT',
      `device ${device.id} is there, with a model and labels of its own: leave them out, or change them first`,
    );
  const {id, generation} = device;
  return {device: id, generation, model: device.model, modelRef: device.model, labels: device.labels};
}

async function ofRequest(
  registry: Registry,
  {caller}: Origin,
  tenant: string,
  {device, model: ref, labels = {}}: ClaimRequest,
): Promise<Facts> {
  const model = ref === undefined ? null : (await resolveModel(registry, tenant, ref)).model;
  if (!caller) throw new IotctlError('IOT_UNAUTHENTICATED', 'nobody asks for this claim');
  refuseForbidden(caller.access, {model, labels});
  return {device: device ?? null, generation: null, model, modelRef: ref ?? null, labels};
}

function refuseForbidden(access: Access, {model, labels}: Pick<DeviceFacts, 'model' | 'labels'>): void {
  const decision = decideOnDevice(access, 'claim:create', {model, labels, lifecycle: 'registered'});
  if (!decision.allowed) throw new IotctlError('IOT_FORBIDDEN', `no claim for that: ${decision.reason}`);
}

export const claimEvent = (
  {id, device, model, labels, serial}: Claim,
  tenant: string,
  type: string,
  more: object,
): OutboxEvent => ({
  tenant,
  device: device ?? '',
  type,
  recordedMs: Date.now(),
  data: {claim: id, model, labels, serial, ...more},
});

const told = ({state, decidedBy}: Claim): string =>
  decidedBy === null ? state : `${state}, and was decided`;

const targetOf = ({device, model}: ClaimRequest): string =>
  device === undefined ? `claim/${model ?? 'any model'}` : `claim/device/${device.slice(0, 128)}`;
