/**
 * A device redeems its code. Nobody is authenticated here: what a stranger can learn, use up or fill is bounded. The code
 * is consumed in the transaction that makes the credential, so that a crash before leaves it as it was, and none after
 * it can give a second one.
 */
import {parseClaimCode} from '../domain/claim-code.js';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {isDeviceId} from '../domain/ids.js';
import {PLATFORM} from '../domain/tenant.js';
import {stateAt, viewOf} from '../registry/claims.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {ClaimRow} from '../registry/tables/enrolment.js';
import type {CertificateAdmin} from './certificate-admin.js';
import type {Changes} from './changes.js';
import {claimEvent} from './claim-admin.js';
import {
  type FirstCredential,
  giveCredential,
  giveFirstCredential,
  takeCredentialBack,
} from './first-credential.js';
import {GuessLimit} from './guess-limit.js';
import {resolveModel} from './model-resolution.js';
import type {IdentityNews} from './news.js';
import type {Origin} from './origin.js';
import {
  digest,
  metadataOf,
  type ProvisioningAnswer,
  refuseAnotherKind,
  refuseSuspended,
  sameText,
  waitingAnswer,
} from './provisioning-answer.js';
import type {ProvisioningRefusals} from './provisioning-refusals.js';
import {SubjectPace} from './registration-pace.js';

export interface Redemption {
  readonly code: string;
  /** Only a code of this tenant will do. */
  readonly tenant?: string | undefined;
  /** PEM of a request for a certificate (RFC 2986); without it the device gets a secret. */
  readonly csr?: string | undefined;
  readonly serial?: string | undefined;
  readonly hardwareId?: string | undefined;
  /** Chosen by the device at random: who shows it again gets its answer again. */
  readonly nonce?: string | undefined;
}

export interface RedemptionParts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly news: IdentityNews;
  readonly certificates: CertificateAdmin;
  readonly refusals: ProvisioningRefusals;
  readonly clock: () => number;
}

/** What is asked for, once it is known who asks. */
type Asked = Pick<Redemption, 'csr' | 'serial' | 'hardwareId'> & {readonly redeemer: string | null};

interface Step {
  readonly result: ProvisioningAnswer;
  readonly events: readonly OutboxEvent[];
}

const NUMBER_CHARACTERS = 10;

export class ClaimRedemption {
  readonly #parts: RedemptionParts;
  readonly #guesses: GuessLimit;
  readonly #pace: SubjectPace;

  constructor(parts: RedemptionParts) {
    this.#parts = parts;
    this.#guesses = new GuessLimit(parts.clock);
    this.#pace = new SubjectPace(parts.clock);
  }

  /**
   * Throws `IOT_CLAIM_CODE_INVALID`, which is no attempt; `IOT_CLAIM_UNKNOWN` and `IOT_CLAIM_REFUSED`, which are;
   * `IOT_CLAIM_USED`, `_EXPIRED`, `_WITHDRAWN`, `_DENIED` for whoever has a right code; `IOT_RATE_LIMITED`.
   */
  async redeem(origin: Origin, redemption: Redemption): Promise<ProvisioningAnswer> {
    parseClaimCode(redemption.code);
    return await this.#guesses.attempt(
      {address: origin.address ?? ''},
      () => this.#redeem(origin, redemption),
      isGuess,
    );
  }

  /** A device whose request waits asks what became of it. Undefined where there is no such claim for that token. */
  async resume(origin: Origin, id: string, token: string): Promise<ProvisioningAnswer | undefined> {
    const {registry} = this.#parts;
    const row = await registry.claims.byId(id);
    if (!row?.request || !sameText(token, registry.operationToken(id))) return undefined;
    return await this.#take(origin, row, presentedIn(row), true);
  }

  async #redeem(origin: Origin, {code, tenant, nonce, ...asked}: Redemption): Promise<ProvisioningAnswer> {
    const row = await this.#parts.registry.claims.find(code);
    if (!row || (tenant !== undefined && tenant !== row.tenant)) {
      await this.#refuse(origin, undefined, 'IOT_CLAIM_UNKNOWN');
      throw new IotctlError('IOT_CLAIM_UNKNOWN', 'there is no such claim');
    }
    return await this.#take(origin, row, {...asked, redeemer: await redeemerOf(asked.csr, nonce)}, false);
  }

  /** `known`: it has shown that it is the one that presented the code. */
  async #take(origin: Origin, row: ClaimRow, asked: Asked, known: boolean): Promise<ProvisioningAnswer> {
    const {changes, news, registry: registered} = this.#parts;
    const {tenant, id} = row;
    // Asked again and again, that it waits is no news for the audit log.
    if (this.#waits(row, asked, known)) return waitingAnswer(registered, id);
    const name = nameFor(row, asked);
    const change = {tenant, action: 'claim:redeem', target: `claim/${id}`};
    const device: Origin = {...origin, actor: {kind: 'device', name}};
    try {
      const answer = await changes.apply(device, change, async registry => {
        const now = await registry.claims.row(tenant, id);
        await refuseSuspended(registry, tenant);
        const step = await this.#step(registry, now, {address: origin.address, asked, known});
        const after = viewOf(await registry.claims.row(tenant, id), this.#parts.clock());
        return {...step, before: viewOf(now, this.#parts.clock()), after};
      });
      if (answer.status === 'done') {
        news.identity({tenant, name: answer.provisioned.device, usable: true});
        news.devices({tenant});
      }
      return answer;
    } catch (error) {
      if (error instanceof IotctlError) await this.#refuse(origin, row, error.code);
      throw error;
    }
  }

  #waits(row: ClaimRow, {redeemer}: Asked, known: boolean): boolean {
    const isSame = known || (row.redeemer !== null && row.redeemer === redeemer);
    return isSame && row.decided_by === null && stateAt(row, this.#parts.clock()) === 'pending';
  }

  async #step(
    registry: Registry,
    row: ClaimRow,
    use: {address: string | null; asked: Asked; known: boolean},
  ): Promise<Step> {
    const {asked} = use;
    const isSame = use.known || (row.redeemer !== null && row.redeemer === asked.redeemer);
    switch (stateAt(row, this.#parts.clock())) {
      case 'expired':
        throw new IotctlError('IOT_CLAIM_EXPIRED', 'the time of this code is over');
      case 'withdrawn':
        throw new IotctlError('IOT_CLAIM_WITHDRAWN', 'this code was taken back');
      case 'denied':
        throw new IotctlError('IOT_CLAIM_DENIED', 'this claim was denied');
      case 'redeemed':
        if (!isSame) throw used();
        return await this.#giveAgain(registry, row, asked);
      case 'pending':
        if (!isSame) throw used();
        return row.decided_by === null
          ? this.#waiting(registry, row)
          : await this.#give(registry, row, {...use, asked: presentedIn(row)});
      case 'open':
        refuseOtherSerial(row, asked);
        return row.approval === 1
          ? await this.#present(registry, row, use)
          : await this.#give(registry, row, use);
    }
  }

  /** Somebody has to agree; until then nobody else can redeem it. */
  async #present(
    registry: Registry,
    row: ClaimRow,
    {asked: {redeemer, ...request}, address}: {asked: Asked; address: string | null},
  ): Promise<Step> {
    const columns = {redeemer, request: JSON.stringify(request), presented_from: address};
    if (!(await registry.claims.move(row, 'open', 'pending', columns))) throw used();
    const {serial = null, hardwareId = null} = request;
    const after = viewOf({...row, ...columns, state: 'pending'}, this.#parts.clock());
    const presented = claimEvent(after, row.tenant, 'claim.presented', {
      presentedSerial: serial,
      hardwareId,
      address,
    });
    return {...this.#waiting(registry, row), events: [presented]};
  }

  #waiting(registry: Registry, {id}: ClaimRow): Step {
    return {result: waitingAnswer(registry, id), events: []};
  }

  async #give(
    registry: Registry,
    row: ClaimRow,
    {asked, address}: {asked: Asked; address: string | null},
  ): Promise<Step> {
    const {tenant, id, state} = row;
    const name = nameFor(row, asked);
    const nowMs = this.#parts.clock();
    const by = {createdBy: `claim:${id}`, nowMs};
    const ref = row.model_ref;
    const wanted = {
      id: name,
      ...(ref === null ? {} : await resolveModel(registry, tenant, ref)),
      labels: JSON.parse(row.labels) as Record<string, string>,
      metadata: metadataOf(asked),
    };
    const given = await giveFirstCredential(
      {registry, certificates: this.#parts.certificates},
      tenant,
      wanted,
      {csr: asked.csr, checkPresent: device => refuseOther(row, device)},
      by,
    );
    const columns = {
      device: name,
      redeemer: asked.redeemer,
      credential: given.credentialId,
      presented_from: address,
      redeemed_ms: nowMs,
    };
    if (!(await registry.claims.move(row, state, 'redeemed', columns))) throw used();
    const after = viewOf({...row, ...columns, state: 'redeemed'}, nowMs);
    const {generation} = given.provisioned;
    const told = claimEvent(after, tenant, 'claim.redeemed', {by: row.created_by, generation, address});
    return {result: done(given), events: [...given.events, told]};
  }

  /** Its answer was lost: while nobody has used what it got, and the code's time lasts, it gets another. */
  async #giveAgain(registry: Registry, row: ClaimRow, asked: Asked): Promise<Step> {
    const {tenant, id, device: name, credential} = row;
    const nowMs = this.#parts.clock();
    const present = name === null ? undefined : await registry.devices.find(tenant, name);
    if (!present || credential === null || row.expires_ms <= nowMs || present.connectivity !== 'never')
      throw used();
    const held = await registry.credentials.list({tenant, device: present.id});
    if (!held.some(kept => kept.id === credential && kept.lastUsedAt === null)) throw used();
    this.#pace.take(id);
    const parts = {registry, certificates: this.#parts.certificates};
    await takeCredentialBack(parts, present, credential, nowMs);
    const given = await giveCredential(parts, present, asked.csr, {createdBy: `claim:${id}`, nowMs});
    await registry.claims.move(row, 'redeemed', 'redeemed', {credential: given.credentialId});
    return {result: done(given), events: []};
  }

  async #refuse(origin: Origin, row: ClaimRow | undefined, reason: IotctlError['code']): Promise<void> {
    const {changes, refusals} = this.#parts;
    // A claim that is there has its record already, in its tenant's log.
    if (!row)
      await changes.refused(origin, {tenant: PLATFORM, action: 'claim:redeem', target: 'claim', reason});
    await refusals.record({
      tenant: row?.tenant ?? '',
      type: 'claim.refused',
      subject: row?.id ?? '',
      reason,
      address: origin.address ?? '',
    });
  }
}

const done = ({provisioned}: Pick<FirstCredential, 'provisioned'>): ProvisioningAnswer => ({
  status: 'done',
  provisioned,
});

const used = (): IotctlError => new IotctlError('IOT_CLAIM_USED', 'this code was used already');

/** With a right code one could still guess a serial number. */
const isGuess = (error: unknown): boolean =>
  error instanceof IotctlError && (error.code === 'IOT_CLAIM_UNKNOWN' || error.code === 'IOT_CLAIM_REFUSED');

function refuseOtherSerial({serial}: ClaimRow, asked: Asked): void {
  if (serial !== null && !sameText(asked.serial ?? '', serial)) throw otherDevice();
}

/** A claim for a device that is there is for that generation of it. */
function refuseOther({device, generation, model, labels}: ClaimRow, present: Device): void {
  if (generation === null || device !== present.id)
    refuseAnotherKind({model, labels: JSON.parse(labels) as Record<string, string>}, present);
  else if (generation !== present.generation) throw otherDevice();
}

const otherDevice = (): IotctlError =>
  new IotctlError('IOT_CLAIM_REFUSED', 'this code is for another device');

/** What a device is known by when it comes again: its own key, or the nonce that it chose. */
async function redeemerOf(csr: string | undefined, nonce: string | undefined): Promise<string | null> {
  if (csr !== undefined) {
    const {checkCertificateRequest} = await import('../pki/request.js');
    return digest('key', await checkCertificateRequest(csr, undefined));
  }
  return nonce === undefined ? null : digest('nonce', nonce);
}

/** What somebody agreed to: not what the device may say by now. */
const presentedIn = ({request, redeemer}: ClaimRow): Asked => ({
  ...(JSON.parse(request ?? '{}') as Omit<Asked, 'redeemer'>),
  redeemer,
});

/** The claim's own device, or `thermostat-A4711`: the model and the serial number or, without one, the claim's. */
function nameFor({id: claim, device, model}: ClaimRow, {serial, hardwareId}: Asked): string {
  if (device !== null) return device;
  const number = serial ?? hardwareId ?? digest('claim', claim).slice(0, NUMBER_CHARACTERS);
  const id = `${model ?? 'device'}-${number}`.replaceAll(/[^A-Za-z0-9._:-]+/g, '-').slice(0, 128);
  return isDeviceId(id) ? id : `device-${id}`.slice(0, 128);
}
