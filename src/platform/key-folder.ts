/** The platform's own keys: made at the first start, readable by their owner only, kept beside the databases. */
import {randomBytes} from 'node:crypto';
import {closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {createSigningKey} from '../audit/checkpoint.js';
import {IotctlError} from '../domain/errors.js';
import type {RegistryKeys} from '../registry/registry.js';
import {VAULT_KEY_BYTES} from '../registry/vault.js';

const VAULT_KEY_FILE = 'vault.key';
const AUDIT_KEY_FILE = 'audit-signing.pem';

/** Throws `IOT_DATA_CORRUPT` naming the file when a key is not one. */
export function openKeys(folder: string): RegistryKeys {
  const vaultFile = join(folder, VAULT_KEY_FILE);
  const vaultKey = Buffer.from(
    keptFile(vaultFile, () => randomBytes(VAULT_KEY_BYTES).toString('base64')),
    'base64',
  );
  if (vaultKey.length !== VAULT_KEY_BYTES)
    throw new IotctlError('IOT_DATA_CORRUPT', `${vaultFile} is not a key of ${VAULT_KEY_BYTES} bytes`);
  return {
    vaultKey,
    auditKeyPem: keptFile(join(folder, AUDIT_KEY_FILE), () => createSigningKey().privateKeyPem),
  };
}

/** The file's text; where there is none, what `make` gives, on disk before it is used. */
export function keptFile(file: string, make: () => string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const text = make();
  writeDurably(file, text);
  return text;
}

/** All of it or nothing, whatever happens meanwhile; readable by its owner only. */
export function writeDurably(file: string, text: string): void {
  const handle = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${file}.new`, file);
}
