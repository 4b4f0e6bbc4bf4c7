/** A fleet's own devices on a platform: made before it runs, and taken away after. */
import type {ApiClient} from '../../client/api-client.js';
import {IotctlError} from '../../domain/errors.js';
import type {DeviceLogin} from './device-parts.js';

/** What the API takes in one request. */
const BATCH_MAX = 1000;

const DELETES_AT_ONCE = 16;

interface WantedDevice {
  readonly id: string;
  readonly model: string;
}

/**
 * Creates devices, in their order. One that was there has a secret that nobody can read any more: throws
 * `IOT_DEVICE_EXISTS`. `made` gets to know what was made, also where the rest fails.
 */
export async function provision(
  api: ApiClient,
  devices: readonly WantedDevice[],
  made: (ids: readonly string[]) => void,
): Promise<DeviceLogin[]> {
  const logins: DeviceLogin[] = [];
  for (let from = 0; from < devices.length; from += BATCH_MAX) {
    const wanted = devices
      .slice(from, from + BATCH_MAX)
      .map(({id, model}) => ({id, model, labels: {sim: 'true'}}));
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

/** Deletes them; their events stay. */
export async function unprovision(api: ApiClient, ids: readonly string[]): Promise<void> {
  const left = [...ids];
  const worker = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await api.deleteDevice(id, {force: true});
  };
  await Promise.all(Array.from({length: DELETES_AT_ONCE}, worker));
}
