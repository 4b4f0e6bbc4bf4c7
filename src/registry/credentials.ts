/** What devices prove themselves with: made, listed, rotated and revoked. Nothing here gives a secret out twice. */
import {randomBytes} from 'node:crypto';
import {setImmediate} from 'node:timers/promises';
import {sql} from 'kysely';
import {
  type CredentialKind,
  type CredentialView,
  type HashedSecret,
  hashSecret,
  NEVER_MS,
  newSecret,
  type StoredCredential,
} from '../domain/credential.js';
import {KEY_BYTES} from '../domain/device-token.js';
import {IotctlError} from '../domain/errors.js';
import type {PasswordHash} from '../domain/password.js';
import {uuidV7} from '../domain/uuid.js';
import type {CredentialRow} from './tables/credentials.js';
import {type Database, transact} from './transact.js';
import type {Vault} from './vault.js';

/** Without a hash, or a key, one is made. */
export type Wanted =
  | {readonly kind: 'secret'; readonly hashed?: HashedSecret | undefined}
  | {readonly kind: 'token'; readonly keyBase64?: string | undefined}
  | {readonly kind: 'password'; readonly hash: PasswordHash}
  | {
      readonly kind: 'x509';
      readonly serialHex: string;
      readonly notBeforeMs: number;
      readonly notAfterMs: number;
    };

export interface Validity {
  readonly notBeforeMs?: number | undefined;
  readonly notAfterMs?: number | undefined;
}

export interface By {
  readonly createdBy: string;
  readonly nowMs: number;
}

/** `secret` or `key` are in this answer only. */
export interface Issued {
  readonly credential: CredentialView;
  readonly secret?: string;
  /** Base64. */
  readonly key?: string;
}

interface OfDevice {
  readonly tenant: string;
  readonly device: string;
}

const USES_PER_UPDATE = 200;

/** SQLite takes 32,766 parameters in a statement. */
const ROWS_PER_INSERT = 500;

/** Several overlap while one is rotated; more than this is a mistake. */
const CREDENTIALS_MAX = 10;

export class Credentials {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** Throws `IOT_CONFLICT` when the device has as many as it may. */
  async issue(of: OfDevice, wanted: Wanted, validity: Validity, by: By): Promise<Issued> {
    const {row, ...given} = this.make(of, wanted, validity, by);
    return await transact(this.#database, async database => {
      const held = (await new Credentials(database, this.#vault).#rows(of)).length;
      if (held >= CREDENTIALS_MAX)
        throw new IotctlError(
          'IOT_CONFLICT',
          `device ${of.device} has ${held} credentials: revoke one first`,
        );
      await database.insertInto('credentials').values(row).execute();
      return {credential: viewOf(row), ...given};
    });
  }

  /** Rows for devices that are just being made. */
  make(
    {tenant, device}: OfDevice,
    wanted: Wanted,
    validity: Validity,
    {createdBy, nowMs}: By,
  ): {row: CredentialRow; secret?: string; key?: string} {
    const id = uuidV7(nowMs);
    const {proof, ...given} = this.#prove(id, wanted);
    const fixed = wanted.kind === 'x509' ? wanted : undefined;
    const row: CredentialRow = {
      id,
      tenant,
      device,
      kind: wanted.kind,
      proof,
      serial: fixed?.serialHex ?? null,
      not_before_ms: fixed?.notBeforeMs ?? validity.notBeforeMs ?? 0,
      not_after_ms: fixed?.notAfterMs ?? validity.notAfterMs ?? NEVER_MS,
      created_ms: nowMs,
      created_by: createdBy,
      last_used_ms: null,
      last_used_from: null,
    };
    return {row, ...given};
  }

  /** Of devices that are just being made. */
  async insert(rows: readonly CredentialRow[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT)
      await this.#database
        .insertInto('credentials')
        .values(rows.slice(from, from + ROWS_PER_INSERT))
        .execute();
  }

  async list(of: OfDevice): Promise<CredentialView[]> {
    return (await this.#rows(of)).map(viewOf);
  }

  /** Throws `IOT_CREDENTIAL_UNKNOWN`. */
  async get(of: OfDevice, id: string): Promise<CredentialView> {
    const row = (await this.#rows(of)).find(candidate => candidate.id === id);
    if (!row) throw new IotctlError('IOT_CREDENTIAL_UNKNOWN', `no credential ${JSON.stringify(id)}`);
    return viewOf(row);
  }

  /** Throws `IOT_CREDENTIAL_UNKNOWN`. A certificate is put on its authority's list by the caller. */
  async revoke(of: OfDevice, id: string): Promise<CredentialView> {
    const credential = await this.get(of, id);
    await this.#database.deleteFrom('credentials').where('id', '=', id).execute();
    return credential;
  }

  async revokeAll({tenant, device}: OfDevice): Promise<void> {
    await this.#database
      .deleteFrom('credentials')
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .execute();
  }

  /** The others of that kind work until then, if they work as long; gives those that were shortened. */
  async endOthers(
    of: OfDevice,
    kind: CredentialKind,
    except: string,
    atMs: number,
  ): Promise<CredentialView[]> {
    const replaced = (await this.#rows(of)).filter(
      row => row.kind === kind && row.id !== except && row.not_after_ms > atMs,
    );
    for (const {id} of replaced)
      await this.#database
        .updateTable('credentials')
        .set({not_after_ms: atMs})
        .where('id', '=', id)
        .execute();
    return replaced.map(row => viewOf({...row, not_after_ms: atMs}));
  }

  /** For the gateway: what each is checked against, by device. */
  async storedOf(tenant: string, devices: readonly string[]): Promise<Map<string, StoredCredential[]>> {
    const rows = await this.#database
      .selectFrom('credentials')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('device', 'in', devices)
      .orderBy('id')
      .execute();
    const stored = new Map<string, StoredCredential[]>();
    for (const row of rows) {
      const known = stored.get(row.device) ?? [];
      known.push(this.#storedOf(row));
      stored.set(row.device, known);
    }
    return stored;
  }

  /** A few at a time: a fleet that comes back uses thousands at once. */
  async used(uses: readonly {credentialId: string; atMs: number; address: string}[]): Promise<void> {
    for (let from = 0; from < uses.length; from += USES_PER_UPDATE) {
      const some = JSON.stringify(uses.slice(from, from + USES_PER_UPDATE));
      await sql`UPDATE credentials
        SET last_used_ms = used.value ->> 'atMs', last_used_from = used.value ->> 'address'
        FROM json_each(${some}) AS used WHERE credentials.id = used.value ->> 'credentialId'`.execute(
        this.#database,
      );
      await setImmediate();
    }
  }

  #prove(id: string, wanted: Wanted): {proof: string; secret?: string; key?: string} {
    switch (wanted.kind) {
      case 'secret': {
        if (wanted.hashed) return {proof: JSON.stringify(wanted.hashed)};
        const secret = newSecret();
        return {proof: JSON.stringify(hashSecret(secret)), secret};
      }
      case 'token': {
        const key = wanted.keyBase64 ? Buffer.from(wanted.keyBase64, 'base64') : randomBytes(KEY_BYTES);
        return {
          proof: JSON.stringify({sealed: this.#vault.seal(key, `credential ${id}`)}),
          ...(wanted.keyBase64 ? {} : {key: key.toString('base64')}),
        };
      }
      case 'password':
        return {proof: JSON.stringify(wanted.hash)};
      case 'x509':
        return {proof: '{}'};
    }
  }

  #storedOf(row: CredentialRow): StoredCredential {
    const {id} = row;
    const validity = {id, notBeforeMs: row.not_before_ms, notAfterMs: row.not_after_ms};
    const proof = JSON.parse(row.proof) as unknown;
    switch (row.kind) {
      case 'secret':
        return {kind: 'secret', ...validity, ...(proof as {saltHex: string; hashHex: string})};
      case 'password':
        return {kind: 'password', ...validity, password: proof as PasswordHash};
      case 'token': {
        const key = this.#vault.open((proof as {sealed: string}).sealed, `credential ${id}`);
        return {kind: 'token', ...validity, keyBase64: key.toString('base64')};
      }
      case 'x509':
        return {kind: 'x509', ...validity, serialHex: row.serial ?? ''};
    }
  }

  async #rows({tenant, device}: OfDevice): Promise<CredentialRow[]> {
    return await this.#database
      .selectFrom('credentials')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .orderBy('id')
      .execute();
  }
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const viewOf = (row: CredentialRow): CredentialView => ({
  id: row.id,
  device: row.device,
  kind: row.kind,
  notBefore: row.not_before_ms === 0 ? null : timeOf(row.not_before_ms),
  notAfter: row.not_after_ms >= NEVER_MS ? null : timeOf(row.not_after_ms),
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
  lastUsedAt: timeOf(row.last_used_ms),
  lastUsedFrom: row.last_used_from,
  serial: row.serial,
});
