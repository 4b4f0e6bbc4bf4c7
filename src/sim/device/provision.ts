/** A run's own devices on a platform: made before it, and taken away after. */
import type {ApiClient} from '../../client/api-client.js';
import {IotctlError} from '../../domain/errors.js';
import type {DeviceLogin} from './device-parts.js';

/** What the API takes in one request. */
const BATCH_MAX = 1000;

const DELETES_AT_ONCE = 16;

interface WantedDevice {
  readonly id: string;
  readonly model?: string;
}

interface Provisioning {
  /** Those of all devices, by which they are found again. */
  readonly labels?: Readonly<Record<string, string>>;
  /** No more are made once it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Creates devices, in their order. One that was there has a secret that nobody can read any more: throws
 * `IOT_DEVICE_EXISTS`. `made` gets to know what was made, also where the rest fails.
 */
export async function provision(
  api: ApiClient,
  devices: readonly WantedDevice[],
  made: (ids: readonly string[]) => void,
  {labels = {sim: 'true'}, signal}: Provisioning = {},
): Promise<DeviceLogin[]> {
  const logins: DeviceLogin[] = [];
  for (let from = 0; from < devices.length && signal?.aborted !== true; from += BATCH_MAX) {
    const wanted = devices
      .slice(from, from + BATCH_MAX)
      .map(({id, model}) => ({id, ...(model === undefined ? {} : {model}), labels}));
    const {items} = await api.createDevices(wanted);
    made(wanted.map(({id}) => id));
    for (const {device, credential} of items) {
      if (credential?.secret === undefined)
        throw new IotctlError('IOT_DEVICE_EXISTS', `device ${device.id} exists`);
      logins.push({id: device.id, username: credential.username, password: credential.secret});
    }
  }
  return logins;
}

/** Deletes them; their events stay. One that cannot be deleted does not keep the others: throws the first error at the end. */
export async function unprovision(api: ApiClient, ids: readonly string[]): Promise<void> {
  const left = [...ids];
  const worker = async (): Promise<void> => {
    let failure: unknown;
    for (let id = left.pop(); id !== undefined; id = left.pop())
      await api.deleteDevice(id, {force: true}).catch((error: unknown) => {
        failure ??= error;
      });
    if (failure !== undefined) throw failure;
  };
  const ends = await Promise.allSettled(Array.from({length: DELETES_AT_ONCE}, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
