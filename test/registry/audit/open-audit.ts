/** A registry's tables in a folder of their own, open to what the platform would never do to them. */
import {join} from 'node:path';
import {Kysely, Migrator, SqliteDialect, sql} from 'kysely';
import Database from 'libsql';
import {createSigningKey} from '../../../src/audit/checkpoint.js';
import type {AuditEntry} from '../../../src/domain/audit.js';
import {AuditLog} from '../../../src/registry/audit-log.js';
import {migrations} from '../../../src/registry/migrations.js';
import type {Schema} from '../../../src/registry/schema.js';
import {temporaryFolder} from '../../support/temporary-folder.js';

export const NOW_MS = Date.parse('2026-01-31T12:00:00Z');
export const TENANT = 'acme';

export async function openAudit() {
  const folder = await temporaryFolder();
  const connection = new Database(join(folder.path, 'registry.db'));
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  const database = new Kysely<Schema>({dialect: new SqliteDialect({database: connection})});
  const {error} = await new Migrator({db: database, provider: migrations}).migrateToLatest();
  if (error) throw error;
  const key = createSigningKey();
  const audit = new AuditLog(database, {signingKeyPem: key.privateKeyPem});
  return {
    database,
    key,
    audit,
    /** Appends so many records, a second apart. */
    async fill(count: number, tenant = TENANT) {
      await database.transaction().execute(async transaction => {
        for (let index = 0; index < count; index++) {
          await audit.append(transaction, entry({tenant, timeMs: NOW_MS + index * 1000}));
        }
      });
    },
    /** What somebody with the file could do. */
    async tamper(statement: string) {
      await sql.raw(statement).execute(database);
    },
    async [Symbol.asyncDispose]() {
      await database.destroy();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export const entry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  timeMs: NOW_MS,
  tenant: TENANT,
  actor: {kind: 'user', name: 'alice', address: '192.0.2.7'},
  action: 'device:retire',
  target: 'device/lamp-1',
  outcome: 'allowed',
  ...changes,
});
