/** What devices that nobody knows yet are answered, whichever way they came. */
import {createHash, timingSafeEqual} from 'node:crypto';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import type {Registry} from '../registry/registry.js';
import type {ProvisionedDevice} from './first-credential.js';

/** `waiting`: somebody has to agree first. The device comes again with the token of the operation. */
export type ProvisioningAnswer =
  | {readonly status: 'done'; readonly provisioned: ProvisionedDevice}
  | WaitingAnswer;

interface WaitingAnswer {
  readonly status: 'waiting';
  readonly operationId: string;
  readonly operationToken: string;
  readonly retryAfterSec: number;
}

const RETRY_AFTER_SEC = 5;

export const waitingAnswer = (
  registry: Registry,
  id: string,
  retryAfterSec = RETRY_AFTER_SEC,
): WaitingAnswer => ({
  status: 'waiting',
  operationId: id,
  operationToken: registry.operationToken(id),
  retryAfterSec,
});

/**
 * A device that is there is taken only where it has that model and all of these labels: whoever may choose the one may
 * choose the other. Throws `IOT_DEVICE_EXISTS`.
 */
export function refuseAnotherKind(
  {model, labels}: {model: string | null; labels: Readonly<Record<string, string>>},
  present: Pick<Device, 'id' | 'model' | 'labels'>,
): void {
  if (model !== present.model || Object.entries(labels).some(([key, value]) => present.labels[key] !== value))
    throw new IotctlError('IOT_DEVICE_EXISTS', `device ${present.id} is there, and is another one`);
}

/** Throws `IOT_TENANT_SUSPENDED`. */
export async function refuseSuspended(registry: Registry, tenant: string): Promise<void> {
  const state = (await registry.tenants.facts(tenant))?.state;
  if (state !== 'active') throw new IotctlError('IOT_TENANT_SUSPENDED', `the tenant is ${state ?? 'gone'}`);
}

export const digest = (kind: string, value: string | Uint8Array): string =>
  createHash('sha256').update(`${kind}:`).update(value).digest('hex');

/** In constant time: both have the same length then, whatever was sent. */
export const sameText = (one: string, two: string): boolean =>
  timingSafeEqual(Buffer.from(digest('', one), 'hex'), Buffer.from(digest('', two), 'hex'));

export const metadataOf = ({
  serial,
  hardwareId,
}: {
  serial?: string | undefined;
  hardwareId?: string | undefined;
}): Record<string, string> => ({
  ...(serial === undefined ? {} : {serial}),
  ...(hardwareId === undefined ? {} : {hardwareId}),
});
