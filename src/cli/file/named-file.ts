/** The file that somebody means: by its id, or the newest of that name. */
import type {FileApi} from '../../client/file-api.js';
import {IotctlError} from '../../domain/errors.js';
import type {StoredFile} from '../../domain/file.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Throws `IOT_NOT_FOUND`. */
export async function namedFile(
  files: FileApi,
  name: string,
  device: string | undefined,
): Promise<StoredFile> {
  if (UUID.test(name)) return await files.get(name);
  const {items} = await files.list({name, device, limit: 100});
  const newest = items.find(({state}) => state === 'stored');
  if (newest) return newest;
  const where = device === undefined ? '' : ` of device ${device}`;
  throw new IotctlError('IOT_NOT_FOUND', `no file ${JSON.stringify(name)}${where} in this tenant`);
}
