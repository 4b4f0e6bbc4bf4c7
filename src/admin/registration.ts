/**
 * A device of an enrolment group registers: it shows that it belongs to the group, and gets what it logs in with. What it
 * shows can be shown again: it is how a device asks what became of its request, and how it comes back after a reset.
 */
import type {Device} from '../domain/device.js';
import {parseDeviceToken} from '../domain/device-token.js';
import {IotctlError} from '../domain/errors.js';
import {PLATFORM} from '../domain/tenant.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {RegistrationId} from '../registry/registrations.js';
import type {Registry} from '../registry/registry.js';
import type {EnrolmentGroupRow, RegistrationRow} from '../registry/tables/enrolment.js';
import {type Attestation, type Attested, attest} from './attestation.js';
import type {CertificateAdmin} from './certificate-admin.js';
import type {Changes} from './changes.js';
import {deviceEvent} from './device-step.js';
import {giveCredential, giveFirstCredential, refuseKeptOut, takeCredentialBack} from './first-credential.js';
import {GuessLimit} from './guess-limit.js';
import {resolveModel} from './model-resolution.js';
import type {IdentityNews} from './news.js';
import type {Origin} from './origin.js';
import {
  metadataOf,
  type ProvisioningAnswer,
  refuseAnotherKind,
  refuseSuspended,
  sameText,
  waitingAnswer,
} from './provisioning-answer.js';
import type {ProvisioningRefusals} from './provisioning-refusals.js';
import {RegistrationPace, SubjectPace} from './registration-pace.js';
import {resetTwin} from './twin-reset.js';

export interface Registration extends Attestation {
  readonly serial?: string | undefined;
  readonly hardwareId?: string | undefined;
}

/** Asked on behalf of a device that waits; answers later, by a decision. Gives how long the device had better wait. */
export type AskWebhook = (group: EnrolmentGroupRow, row: RegistrationRow) => number;

export interface RegistrationParts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly news: IdentityNews;
  readonly certificates: CertificateAdmin;
  readonly refusals: ProvisioningRefusals;
  readonly askWebhook: AskWebhook;
  readonly clock: () => number;
}

type Asked = Pick<Registration, 'csr' | 'serial' | 'hardwareId'>;

interface Step {
  readonly result: ProvisioningAnswer;
  readonly events: readonly OutboxEvent[];
  readonly after?: unknown;
  /** What it was let in with ends, and so does a connection of that. */
  readonly ends?: boolean;
}

/** More that wait in one group are not looked at by anybody. */
const WAITING_MAX = 10_000;

export class RegistrationDesk {
  readonly #parts: RegistrationParts;
  readonly #guesses: GuessLimit;
  readonly #pace: RegistrationPace;
  readonly #subjects: SubjectPace;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    this.#guesses = new GuessLimit(parts.clock);
    this.#pace = new RegistrationPace(parts.clock);
    this.#subjects = new SubjectPace(parts.clock);
  }

  /**
   * Throws `IOT_UNAUTHENTICATED` for what proves nothing, which counts for its address; `IOT_ENROLMENT_DENIED`,
   * `IOT_DEVICE_OWNED`, `IOT_DEVICE_EXISTS`, `IOT_DEVICE_RETIRED`; `IOT_RATE_LIMITED` with the seconds to wait.
   */
  async register(
    origin: Origin,
    {serial, hardwareId, ...attestation}: Registration,
  ): Promise<ProvisioningAnswer> {
    const attested = await this.#guesses.attempt(
      {address: origin.address ?? '', who: parseDeviceToken(attestation.token ?? '')?.device ?? ''},
      () => this.#attest(origin, attestation),
      error => error instanceof IotctlError && error.code === 'IOT_UNAUTHENTICATED',
    );
    this.#pace.take();
    return await this.#take(origin, attested, {csr: attestation.csr, serial, hardwareId});
  }

  /** A device that waits asks what became of its request. Undefined where there is none for that token. */
  async resume(origin: Origin, id: string, token: string): Promise<ProvisioningAnswer | undefined> {
    const {registry} = this.#parts;
    if (!sameText(token, registry.operationToken(id))) return undefined;
    const row = await registry.registrations.byOperation(id);
    const group = row && (await registry.enrolmentGroups.find(row.tenant, row.group_name));
    if (!row || !group) return undefined;
    const attested = {tenant: row.tenant, registrationId: row.registration_id, group};
    return await this.#take(origin, attested, askedIn(row));
  }

  async #attest(origin: Origin, attestation: Attestation): Promise<Attested> {
    try {
      return await attest(this.#parts, attestation);
    } catch (error) {
      if (!(error instanceof IotctlError)) throw error;
      const change = {tenant: PLATFORM, action: 'enrolment:register', target: 'enrolment'};
      await this.#parts.changes.refused(origin, {...change, reason: error.code});
      await this.#refuse(origin, {tenant: '', subject: '', reason: error.code});
      throw error;
    }
  }

  async #take(
    origin: Origin,
    {tenant, registrationId, group: {name: group}}: Attested,
    asked: Asked,
  ): Promise<ProvisioningAnswer> {
    const {changes, news, registry: registered} = this.#parts;
    const subject = `${group}/${registrationId}`;
    const id = {tenant, group, registrationId};
    const before = await registered.registrations.find(id);
    // Asked again and again, that it waits is no news for the audit log.
    if (before?.state === 'waiting')
      return await this.#waiting(id, waitingAnswer(registered, before.operation));
    this.#subjects.take(`${tenant}/${subject}`);
    const change = {tenant, action: 'enrolment:register', target: `enrolment/${subject}`};
    const device: Origin = {...origin, actor: {kind: 'device', name: registrationId}};
    const use = {address: origin.address, asked};
    try {
      const {answer, ends} = await changes.apply(device, change, async registry => {
        await refuseSuspended(registry, tenant);
        const step = await this.#step(registry, id, use);
        return {...step, result: {answer: step.result, ends: step.ends === true}};
      });
      if (answer.status === 'waiting') return await this.#waiting(id, answer);
      news.identity({tenant, name: registrationId, usable: !ends});
      news.devices({tenant});
      return answer;
    } catch (error) {
      if (error instanceof IotctlError) await this.#refuse(origin, {tenant, subject, reason: error.code});
      throw error;
    }
  }

  async #step(
    registry: Registry,
    id: RegistrationId,
    use: {address: string | null; asked: Asked},
  ): Promise<Step> {
    const {tenant, registrationId} = id;
    const group = await registry.enrolmentGroups.find(tenant, id.group);
    if (group?.state !== 'enabled') throw denied(`enrolment group ${id.group} is not enabled`);
    if (await registry.registrations.isDenied(tenant, registrationId))
      throw denied(`${registrationId} was denied`);
    const row = await registry.registrations.find(id);
    const present = await registry.devices.find(tenant, registrationId);
    const device = present && (await registry.devices.get(tenant, registrationId));
    if (row?.state === 'registered' && device && isItsOwn(row, device))
      return await this.#giveAgain(registry, {id, group, row, device}, use.asked);
    if (group.approval !== 'none' && row?.state !== 'approved')
      return await this.#ask(registry, id, row, use);
    return await this.#give(registry, id, group, row?.state === 'approved' ? askedIn(row) : use.asked);
  }

  async #ask(
    registry: Registry,
    id: RegistrationId,
    row: RegistrationRow | undefined,
    {asked, address}: {asked: Asked; address: string | null},
  ): Promise<Step> {
    if (row?.state === 'waiting') return {result: waitingAnswer(registry, row.operation), events: []};
    const {tenant, group, registrationId} = id;
    if ((await registry.registrations.countWaiting(tenant, group)) >= WAITING_MAX)
      throw new IotctlError('IOT_RATE_LIMITED', 'too many wait for a decision', {retryAfterSec: 600});
    const nowMs = this.#parts.clock();
    const wanted = {
      state: 'waiting' as const,
      request: JSON.stringify(asked),
      requested_ms: nowMs,
      requested_from: address,
      decided_by: null,
      reason: null,
    };
    const after = await registry.registrations.put(id, wanted, nowMs);
    const {serial = null, hardwareId = null} = asked;
    const data = {group, registrationId, serial, hardwareId, address};
    const events = [{tenant, device: '', type: 'enrolment.requested', recordedMs: nowMs, data}];
    return {result: waitingAnswer(registry, after.operation), events, after: wanted};
  }

  async #give(registry: Registry, id: RegistrationId, group: EnrolmentGroupRow, asked: Asked): Promise<Step> {
    const {tenant, registrationId} = id;
    const nowMs = this.#parts.clock();
    const by = {createdBy: `enrolment:${group.name}`, nowMs};
    const kind = {model: group.model, labels: JSON.parse(group.labels) as Record<string, string>};
    const ref = group.model_ref;
    const wanted = {
      id: registrationId,
      ...(ref === null ? {} : await resolveModel(registry, tenant, ref)),
      labels: kind.labels,
      metadata: metadataOf(asked),
    };
    const given = await giveFirstCredential(
      {registry, certificates: this.#parts.certificates},
      tenant,
      wanted,
      {csr: asked.csr, checkPresent: present => refuseAnotherKind(kind, present)},
      by,
    );
    const {provisioned, credentialId} = given;
    const after = await this.#written(registry, id, {
      generation: provisioned.generation,
      credentialId,
      asked,
    });
    const told = {group: group.name, generation: provisioned.generation};
    const events = [...given.events, deviceEvent({tenant, id: registrationId}, 'enrolment.registered', told)];
    return {result: {status: 'done', provisioned}, events, after};
  }

  /** It lost its answer, or was reset: what it got last is replaced, and only that. */
  async #giveAgain(
    registry: Registry,
    {
      id,
      group,
      row,
      device,
    }: {id: RegistrationId; group: EnrolmentGroupRow; row: RegistrationRow; device: Device},
    asked: Asked,
  ): Promise<Step> {
    refuseKeptOut(device);
    const nowMs = this.#parts.clock();
    const held = await registry.credentials.list({tenant: id.tenant, device: device.id});
    const last = held.find(credential => credential.id === row.credential);
    const isUnused = last?.lastUsedAt === null && device.connectivity === 'never';
    if (!isUnused && group.reprovision === 'never')
      throw new IotctlError('IOT_DEVICE_OWNED', `group ${group.name} lets a device register once`);
    const parts = {registry, certificates: this.#parts.certificates};
    if (last) await takeCredentialBack(parts, device, last.id, nowMs);
    const by = {createdBy: `enrolment:${group.name}`, nowMs};
    const {provisioned, credentialId} = await giveCredential(parts, device, asked.csr, by);
    const after = await this.#written(registry, id, {generation: device.generation, credentialId, asked});
    const told = {group: group.name, policy: group.reprovision, by: by.createdBy};
    const again = isUnused ? [] : [deviceEvent(device, 'device.reprovisioned', told)];
    const isReset = !isUnused && group.reprovision === 'reset-twin';
    const reset = isReset ? await resetTwin(registry, device, {by: by.createdBy, nowMs}) : [];
    const events = [...again, ...reset];
    return {result: {status: 'done', provisioned}, events, after, ends: last !== undefined};
  }

  #written(
    registry: Registry,
    id: RegistrationId,
    {generation, credentialId, asked}: {generation: string; credentialId: string; asked: Asked},
  ): Promise<RegistrationRow> {
    const nowMs = this.#parts.clock();
    const columns = {
      state: 'registered' as const,
      generation,
      credential: credentialId,
      request: JSON.stringify(asked),
      registered_ms: nowMs,
    };
    return registry.registrations.put(id, columns, nowMs);
  }

  /** The webhook is asked outside of the transaction, and answers whenever it does. */
  async #waiting(
    id: RegistrationId,
    answer: ProvisioningAnswer & {readonly status: 'waiting'},
  ): Promise<ProvisioningAnswer> {
    const {registry, askWebhook} = this.#parts;
    const group = await registry.enrolmentGroups.find(id.tenant, id.group);
    const row = await registry.registrations.find(id);
    if (group?.approval !== 'webhook' || row?.state !== 'waiting') return answer;
    return {...answer, retryAfterSec: askWebhook(group, row)};
  }

  async #refuse(
    origin: Origin,
    refusal: {tenant: string; subject: string; reason: IotctlError['code']},
  ): Promise<void> {
    const address = origin.address ?? '';
    await this.#parts.refusals.record({...refusal, type: 'enrolment.refused', address});
  }
}

/** Did it become this device, which still has an owner? */
const isItsOwn = ({generation}: RegistrationRow, device: Device): boolean =>
  generation === device.generation && (device.lifecycle === 'provisioned' || device.lifecycle === 'active');

const askedIn = ({request}: RegistrationRow): Asked => JSON.parse(request ?? '{}') as Asked;

const denied = (why: string): IotctlError => new IotctlError('IOT_ENROLMENT_DENIED', why);
