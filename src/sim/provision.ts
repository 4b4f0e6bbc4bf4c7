/** A fleet's own devices on a platform: made before it runs, and taken away after. */
import type {ApiClient} from '../client/api-client.js';
import {IotctlError} from '../domain/errors.js';
import type {DeviceLogin} from './device-connection.js';

/** What the API takes in one request. */
const BATCH_MAX = 1000;

const DELETES_AT_ONCE = 16;

export interface Provisioned {
  readonly logins: readonly DeviceLogin[];
  readonly ids: readonly string[];
}

/**
 * Creates `count` devices named by a prefix and a number. One that was there has a secret that nobody can read any
 * more: throws `IOT_DEVICE_EXISTS`.
 */
export async function provision(
  api: ApiClient,
  {count, prefix, model}: {count: number; prefix: string; model: string},
): Promise<Provisioned> {
  const ids = Array.from({length: count}, (_, index) => `${prefix}${index + 1}`);
  const logins: DeviceLogin[] = [];
  for (let from = 0; from < ids.length; from += BATCH_MAX) {
    const wanted = ids.slice(from, from + BATCH_MAX).map(id => ({id, model, labels: {sim: 'true'}}));
    for (const {device, credential} of (await api.createDevices(wanted)).items) {
      if (credential?.secret === undefined)
        throw new IotctlError('IOT_DEVICE_EXISTS', `device ${device.id} exists`);
      logins.push({clientId: device.id, username: credential.username, password: credential.secret});
    }
  }
  return {logins, ids};
}

/** Deletes them; their events stay. */
export async function unprovision(api: ApiClient, ids: readonly string[]): Promise<void> {
  const left = [...ids];
  const worker = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await api.deleteDevice(id, {force: true});
  };
  await Promise.all(Array.from({length: DELETES_AT_ONCE}, worker));
}
