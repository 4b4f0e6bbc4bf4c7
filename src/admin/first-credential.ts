/** A device that nobody has yet gets its first credential; it is made where it is not there. Within a change of the caller's. */
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {usernameOf} from '../domain/identity.js';
import {ENDED} from '../domain/lifecycle.js';
import type {By} from '../registry/credentials.js';
import type {NewDevice} from '../registry/device-row.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {CertificateAdmin} from './certificate-admin.js';
import {deviceEvent} from './device-step.js';

/** What the device goes on with. `secret`, or `certificate` and `chain` (PEM), are in this answer only. */
export interface ProvisionedDevice {
  readonly tenant: string;
  readonly device: string;
  readonly generation: string;
  readonly username: string;
  readonly secret?: string | undefined;
  readonly certificate?: string | undefined;
  readonly chain?: string | undefined;
}

export interface FirstCredential {
  readonly provisioned: ProvisionedDevice;
  readonly credentialId: string;
  readonly isNew: boolean;
  readonly events: readonly OutboxEvent[];
}

/** May a device that is there be the one? Throws where it may not. */
export type CheckPresent = (device: Device) => void;

export async function giveFirstCredential(
  {registry, certificates}: {registry: Registry; certificates: CertificateAdmin},
  tenant: string,
  wanted: NewDevice,
  {csr, checkPresent}: {csr: string | undefined; checkPresent: CheckPresent},
  by: By,
): Promise<FirstCredential> {
  const {device, isNew} = await presentOrNew(registry, tenant, wanted, checkPresent, by);
  const given = await giveCredential({registry, certificates}, device, csr, by);
  await registry.devices.provisioned(tenant, device.id);
  const told = {axis: 'lifecycle', from: device.lifecycle, to: 'provisioned', reason: null, by: by.createdBy};
  const {generation, model, labels} = device;
  const created = deviceEvent(device, 'device.created', {generation, model, labels, by: by.createdBy});
  const events = [...(isNew ? [created] : []), deviceEvent(device, 'device.state_changed', told)];
  return {...given, isNew, events};
}

export async function giveCredential(
  {registry, certificates}: {registry: Registry; certificates: CertificateAdmin},
  {tenant, id, generation}: Pick<Device, 'tenant' | 'id' | 'generation'>,
  csr: string | undefined,
  by: By,
): Promise<Pick<FirstCredential, 'provisioned' | 'credentialId'>> {
  const of = {tenant, device: id};
  const provisioned = {...of, generation, username: usernameOf(id, tenant)};
  if (csr === undefined) {
    const {credential, secret} = await registry.credentials.issue(of, {kind: 'secret'}, {}, by);
    return {provisioned: {...provisioned, secret}, credentialId: credential.id};
  }
  const signed = await certificates.sign(registry, of, {csr, anyName: true}, by);
  const {credential} = await registry.credentials.issue(of, {kind: 'x509', ...signed}, {}, by);
  const {certificatePem: certificate, chainPem: chain} = signed;
  return {provisioned: {...provisioned, certificate, chain}, credentialId: credential.id};
}

/** It goes as if it had never been: nobody used it. */
export async function takeCredentialBack(
  {registry, certificates}: {registry: Registry; certificates: CertificateAdmin},
  {tenant, id}: Pick<Device, 'tenant' | 'id'>,
  credentialId: string,
  nowMs: number,
): Promise<void> {
  const gone = await registry.credentials.revoke({tenant, device: id}, credentialId);
  if (gone.serial !== null) await certificates.revoke(registry, tenant, gone, nowMs);
}

async function presentOrNew(
  registry: Registry,
  tenant: string,
  wanted: NewDevice,
  checkPresent: CheckPresent,
  by: By,
): Promise<{device: Device; isNew: boolean}> {
  const options = {...by, ifNotExists: true, credential: null};
  const [made] = await registry.createDevices(tenant, [wanted], options);
  const {device, isNew} = made!;
  if (isNew) return {device, isNew};
  refuseOwned(device);
  refuseKeptOut(device);
  checkPresent(device);
  const metadata = {...device.metadata, ...wanted.metadata};
  if (Object.keys(wanted.metadata ?? {}).length === 0) return {device, isNew};
  const fields = Object.keys(wanted.metadata ?? {}).map(name => `metadata.${name}`);
  const change = {fields, by: by.createdBy, nowMs: by.nowMs};
  const changed = await registry.deviceChanges.apply(device, {metadata: JSON.stringify(metadata)}, change);
  return {device: changed, isNew};
}

/** What somebody keeps out gets nothing to come in with. Throws `IOT_DEVICE_STATE`. */
export function refuseKeptOut({id, adminState}: Pick<Device, 'id' | 'adminState'>): void {
  if (adminState === 'disabled' || adminState === 'quarantined')
    throw new IotctlError('IOT_DEVICE_STATE', `device ${id} is ${adminState}`);
}

/** Throws `IOT_DEVICE_OWNED` or `IOT_DEVICE_RETIRED`: whoever has a device has it until they let go of it. */
export function refuseOwned({id, lifecycle}: Pick<Device, 'id' | 'lifecycle'>): void {
  if (ENDED.includes(lifecycle)) throw new IotctlError('IOT_DEVICE_RETIRED', `device ${id} is ${lifecycle}`);
  if (lifecycle === 'provisioned' || lifecycle === 'active')
    throw new IotctlError('IOT_DEVICE_OWNED', `device ${id} has an owner, and credentials`);
}
