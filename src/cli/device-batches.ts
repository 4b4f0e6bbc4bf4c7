/** Creates devices, each with what it logs in with. */
import type {ApiClient} from '../client/api-client.js';
import type {WantedDevice} from '../client/api-shapes.js';
import type {CreatedDevice} from './created-device.js';
import type {CredentialsFile} from './credentials-file.js';
import {requestCertificate} from './device-certificate.js';
import {Progress} from './progress.js';
import {say} from './stdout.js';

/** What the API takes in one request. */
const BATCH_MAX = 1000;

/** Adds to `created` batch by batch, so that what was made is known even though the rest failed. */
export async function createBatches(
  api: ApiClient,
  wanted: readonly WantedDevice[],
  options: {
    ifNotExists: boolean;
    credential: 'secret' | 'token' | 'none';
    file: CredentialsFile | undefined;
    created: CreatedDevice[];
  },
): Promise<void> {
  const {file, created, ifNotExists, credential} = options;
  using progress = new Progress('devices', wanted.length);
  try {
    for (let start = 0; start < wanted.length; start += BATCH_MAX) {
      const batch = wanted.slice(start, start + BATCH_MAX);
      const {items} = await api.createDevices(batch, {ifNotExists, credential});
      await file?.append(
        items.flatMap(({device: {id}, credential}) => (credential ? [{id, credential}] : [])),
      );
      created.push(...items);
      progress.update(created.length);
    }
  } catch (error) {
    sayCreated(created.length, wanted.length);
    throw error;
  }
}

export const createWithPassword = (
  api: ApiClient,
  device: WantedDevice,
  options: {ifNotExists: boolean; password: string},
): Promise<CreatedDevice> => api.createDevice({...device, ...options, credential: 'password'});

/** One by one, as each has a key of its own; what was made before one failed is in its files. */
export async function createWithCertificates(
  api: ApiClient,
  wanted: readonly WantedDevice[],
  {ifNotExists, folder}: {ifNotExists: boolean; folder: string | undefined},
): Promise<CreatedDevice[]> {
  const created: CreatedDevice[] = [];
  using progress = new Progress('devices', wanted.length);
  try {
    for (const device of wanted) {
      await using pending = await requestCertificate(device.id, folder);
      const {csr} = pending;
      const made = await api.createDevice({...device, ifNotExists, credential: 'x509', csr});
      created.push(made.credential ? {...made, files: await pending.keep(made.credential)} : made);
      progress.update(created.length);
    }
  } catch (error) {
    sayCreated(created.length, wanted.length);
    throw error;
  }
  return created;
}

function sayCreated(created: number, wanted: number): void {
  if (created > 0) say(`${created} of ${wanted} devices were created before this failed`);
}
