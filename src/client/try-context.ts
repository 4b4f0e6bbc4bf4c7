/** Speaks to what a context names once, before it is kept. */

import {IotctlError} from '../domain/errors.js';
import type {PlatformStatus} from '../domain/status.js';
import {type Address, requestJson} from './request.js';

export interface Answered {
  /** Null where the token may not ask. */
  readonly version: string | null;
  readonly state: string | null;
  /** Whose token it is, where the platform says so. */
  readonly user: string | null;
  readonly tenant: string | null;
}

/** Throws whatever is wrong with the address, the certificate or the token. */
export async function tryPlatform(address: Address): Promise<Answered> {
  const status = await statusOf(address);
  const me = await meOf(address);
  return {
    version: textOf(status.version),
    state: textOf(status.state),
    user: textOf(me.user),
    tenant: textOf(me.tenant),
  };
}

/** A token that may not ask for it is one that the platform knows all the same. */
async function statusOf(address: Address): Promise<Partial<PlatformStatus>> {
  try {
    return (await requestJson(address, 'GET', '/v1/status')) ?? {};
  } catch (error) {
    if (error instanceof IotctlError && error.code === 'IOT_FORBIDDEN') return {};
    throw error;
  }
}

/** Not every platform says whose token it is, and nothing depends on it. */
async function meOf(address: Address): Promise<Readonly<Record<string, unknown>>> {
  try {
    return ((await requestJson(address, 'GET', '/v1/me')) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
