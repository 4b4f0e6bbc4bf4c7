/** What is to be done with each row of an import: decided from what there is, without changing anything. */
import {decideOnDevice} from '../domain/access.js';
import type {StoredCredential} from '../domain/credential.js';
import type {Device, StateNote} from '../domain/device.js';
import type {ImportedCredential, ImportMode, ImportRow} from '../domain/device-import.js';
import {IotctlError} from '../domain/errors.js';
import {parseDeviceId} from '../domain/ids.js';
import {ENDED} from '../domain/lifecycle.js';
import type {Permission} from '../domain/permission.js';
import type {Wanted} from '../registry/credentials.js';
import {type NewDevice, viewOf} from '../registry/device-row.js';
import type {Registry} from '../registry/registry.js';
import type {DeviceRow} from '../registry/tables/devices.js';
import {type PlannedUpdate, planUpdate} from './device-update.js';
import {type ResolvedModel, resolveModel} from './model-resolution.js';
import {nameOf, type Origin} from './origin.js';

/** A row that could be read, or why not. */
export type ReadRow = ImportRow | {readonly id: string; readonly error: IotctlError};

export type ImportStep = {readonly id: string; readonly message?: string | undefined} & (
  | {readonly kind: 'create'; readonly device: NewDevice; readonly credential: Wanted | null}
  | {readonly kind: 'update'; readonly planned: PlannedUpdate; readonly held: string | undefined}
  /** `held`: the credential of the row, which the device has already. */
  | {readonly kind: 'keep'; readonly held: string | undefined}
  | {readonly kind: 'fail'; readonly error: IotctlError}
);

export async function planImport(
  registry: Registry,
  origin: Origin,
  {tenant, rows, mode}: {tenant: string; rows: readonly ReadRow[]; mode: ImportMode},
): Promise<ImportStep[]> {
  const ids = rows.map(({id}) => id);
  const plan = new Plan(registry, origin, tenant, mode, {
    present: await registry.devices.present(tenant, ids),
    credentials: await registry.credentials.storedOf(tenant, ids),
    ...(await registry.tenants.room(tenant, 'devices')),
  });
  const steps: ImportStep[] = [];
  for (const row of rows) steps.push(await plan.step(row));
  return steps;
}

interface Present {
  readonly present: ReadonlyMap<string, DeviceRow>;
  readonly credentials: ReadonlyMap<string, readonly StoredCredential[]>;
  readonly room: number;
  readonly error: () => IotctlError;
}

class Plan {
  readonly #registry: Registry;
  readonly #origin: Origin;
  readonly #tenant: string;
  readonly #mode: ImportMode;
  readonly #there: Present;
  readonly #models = new Map<string, Promise<ResolvedModel>>();
  readonly #seen = new Set<string>();
  #created = 0;

  constructor(registry: Registry, origin: Origin, tenant: string, mode: ImportMode, there: Present) {
    this.#registry = registry;
    this.#origin = origin;
    this.#tenant = tenant;
    this.#mode = mode;
    this.#there = there;
  }

  async step(row: ReadRow): Promise<ImportStep> {
    try {
      if ('error' in row) throw row.error;
      const {id} = row;
      parseDeviceId(id);
      if (this.#seen.has(id)) throw new IotctlError('IOT_DEVICE_EXISTS', `${id} is asked for twice`);
      this.#seen.add(id);
      const present = this.#there.present.get(id);
      return present ? await this.#meet(row, viewOf(present)) : await this.#create(row);
    } catch (error) {
      if (error instanceof IotctlError) return {kind: 'fail', id: row.id, error};
      throw error;
    }
  }

  async #create(row: ImportRow): Promise<ImportStep> {
    const {id, model, via, adminState = 'enabled', credential} = row;
    const labels = withoutNulls(row.labels);
    const facts = {model: model ?? null, labels, lifecycle: 'registered'} as const;
    this.#check('device:create', facts, `may not create ${id}`);
    if (adminState !== 'enabled') this.#check('device:maintain', facts, `may not make ${id} ${adminState}`);
    const resolved = model === undefined || model === null ? {} : await this.#resolve(model);
    if (++this.#created > this.#there.room) throw this.#there.error();
    return {
      kind: 'create',
      id,
      device: {
        id,
        ...resolved,
        labels,
        metadata: withoutNulls(row.metadata),
        components: withoutNulls(row.components),
        via,
        adminState,
        adminNote: adminState === 'enabled' ? undefined : this.#imported(),
      },
      credential: credential === undefined ? null : wantedOf(credential),
    };
  }

  /** The device is there. */
  async #meet(row: ImportRow, device: Device): Promise<ImportStep> {
    const {id, credential} = row;
    const isOurs = this.#mayDo('device:update', device) || this.#mayDo('device:create', device);
    if (!isOurs) throw exists(id);
    if (ENDED.includes(device.lifecycle))
      throw new IotctlError('IOT_DEVICE_RETIRED', `device ${id} is ${device.lifecycle}`);
    const held = heldOf(credential, this.#there.credentials.get(id));
    if (this.#mode === 'keep') return {kind: 'keep', id, held};
    if (this.#mode === 'create') {
      if (held !== undefined) return {kind: 'keep', id, held};
      const isJustSo = (credential?.kind ?? 'none') === 'none' && (await this.#differs(row, device)) === 0;
      if (isJustSo) return {kind: 'keep', id, held};
      throw exists(id);
    }
    this.#check('device:update', device, `may not update ${id}`);
    if (row.adminState !== undefined && row.adminState !== device.adminState)
      throw new IotctlError(
        'IOT_DEVICE_STATE',
        `device ${id} is ${device.adminState}, not ${row.adminState}: an import changes no state`,
      );
    const planned = await planUpdate(this.#registry, this.#origin, device, row);
    const message =
      credential === undefined || credential.kind === 'none' || held !== undefined
        ? undefined
        : 'its credentials stay as they are';
    return planned.fields.length === 0
      ? {kind: 'keep', id, held, message}
      : {kind: 'update', id, planned, held, message};
  }

  async #differs(row: ImportRow, device: Device): Promise<number> {
    const isOther = row.adminState !== undefined && row.adminState !== device.adminState;
    const {fields} = await planUpdate(this.#registry, this.#origin, device, row);
    return fields.length + (isOther ? 1 : 0);
  }

  #resolve(model: string): Promise<ResolvedModel> {
    const known = this.#models.get(model) ?? resolveModel(this.#registry, this.#tenant, model);
    this.#models.set(model, known);
    return known;
  }

  #mayDo(permission: Permission, device: Parameters<typeof decideOnDevice>[2]): boolean {
    const {caller} = this.#origin;
    return caller !== undefined && decideOnDevice(caller.access, permission, device).allowed;
  }

  #check(permission: Permission, device: Parameters<typeof decideOnDevice>[2], what: string): void {
    const {caller} = this.#origin;
    if (!caller) throw new IotctlError('IOT_UNAUTHENTICATED', 'nobody asks for this device');
    const decision = decideOnDevice(caller.access, permission, device);
    if (!decision.allowed) throw new IotctlError('IOT_FORBIDDEN', `${what}: ${decision.reason}`);
  }

  #imported(): StateNote {
    return {reason: 'imported so', at: new Date().toISOString(), by: nameOf(this.#origin)};
  }
}

const exists = (id: string): IotctlError => new IotctlError('IOT_DEVICE_EXISTS', `device ${id} exists`);

const withoutNulls = <Value>(
  entries: Readonly<Record<string, Value | null>> = {},
): Record<string, NonNullable<Value>> =>
  Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, NonNullable<Value>] => entry[1] !== null),
  );

function wantedOf(credential: ImportedCredential): Wanted | null {
  switch (credential.kind) {
    case 'none':
      return null;
    case 'secret':
      return {kind: 'secret', hashed: {saltHex: credential.saltHex, hashHex: credential.hashHex}};
    case 'token':
    case 'password':
      return credential;
  }
}

/** The id of that very credential, where the device has it: then an import has been here before. */
const heldOf = (
  wanted: ImportedCredential | undefined,
  stored: readonly StoredCredential[] = [],
): string | undefined => wanted && stored.find(credential => isThe(credential, wanted))?.id;

function isThe(stored: StoredCredential, wanted: ImportedCredential): boolean {
  switch (wanted.kind) {
    case 'none':
      return false;
    case 'secret':
      return (
        stored.kind === 'secret' && stored.hashHex === wanted.hashHex && stored.saltHex === wanted.saltHex
      );
    case 'token':
      return stored.kind === 'token' && stored.keyBase64 === wanted.keyBase64;
    case 'password':
      return stored.kind === 'password' && stored.password.hashHex === wanted.hash.hashHex;
  }
}
