/** A file of device credentials: CSV or JSON, readable by its owner alone, written as the devices are made. */
import {type FileHandle, open} from 'node:fs/promises';
import {csvLine} from '../domain/csv.js';
import type {DeviceCredential} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';

type FileKind = 'secret' | 'token';

/** What there is to keep of a credential, in the order of the columns. */
const SECRETS = {secret: ['secret'], token: ['keyId', 'key']} as const satisfies Record<
  FileKind,
  readonly (keyof DeviceCredential)[]
>;

export interface CredentialEntry {
  readonly id: string;
  readonly credential: DeviceCredential;
}

/** Never overwrites: the secrets in an older file may exist nowhere else. Throws `IOT_USAGE` or `IOT_CONFLICT`. */
export async function createCredentialsFile(path: string, kind: FileKind): Promise<CredentialsFile> {
  const json = path.endsWith('.json');
  if (!json && !path.endsWith('.csv')) {
    throw new IotctlError('IOT_USAGE', `--credentials-file ${path}: its name has to end with .csv or .json`);
  }
  try {
    const file = await open(path, 'wx', 0o600);
    await file.write(json ? '[' : csvLine(['id', 'username', ...SECRETS[kind]]));
    return new CredentialsFile(file, json, SECRETS[kind]);
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? `${path} is there already and is never overwritten` : message;
    throw new IotctlError('IOT_CONFLICT', `--credentials-file: ${why}`, {cause: error});
  }
}

export class CredentialsFile implements AsyncDisposable {
  private separator = '\n';

  constructor(
    private readonly file: FileHandle,
    private readonly json: boolean,
    private readonly secrets: readonly ('secret' | 'key' | 'keyId')[],
  ) {}

  /** On disk when this resolves, so that a crash afterwards loses no secret. */
  async append(entries: readonly CredentialEntry[]): Promise<void> {
    const text = entries.map(({id, credential}) => {
      const secrets = this.secrets.map(name => [name, credential[name] ?? ''] as const);
      const entry = {id, username: credential.username, ...Object.fromEntries(secrets)};
      if (!this.json) return csvLine(Object.values(entry));
      const item = `${this.separator}  ${JSON.stringify(entry)}`;
      this.separator = ',\n';
      return item;
    });
    await this.file.write(text.join(''));
    await this.file.datasync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.json) await this.file.write('\n]\n');
    await this.file.close();
  }
}
