/** Changes that share a commit: answered after it, apart in their failures, and all of them lost where it is. */
import {join} from 'node:path';
import {Kysely, sql} from 'kysely';
import Database from 'libsql';
import {describe, expect, it} from 'vitest';
import {RegistryDialect} from '../../src/registry/dialect.js';
import {openRegistry, type Registry} from '../../src/registry/registry.js';
import type {Schema} from '../../src/registry/schema.js';
import {SharedCommits} from '../../src/registry/shared-commits.js';
import {openSqlite} from '../../src/registry/sqlite.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {testKeys} from '../support/test-keys.js';

const TENANT = 'default';
const BY = {createdBy: 'test', nowMs: 1_750_000_000_000};
const ENTRY = {
  timeMs: BY.nowMs,
  tenant: TENANT,
  actor: {kind: 'system', name: 'test'},
  action: 'device:create',
  outcome: 'allowed',
} as const;

async function started() {
  const folder = await temporaryFolder();
  const registry = await openRegistry(folder.path, testKeys());
  await registry.bootstrap(BY.nowMs);
  // What somebody else sees is what is committed.
  const outside = new Database(join(folder.path, 'registry.db'));
  return {
    registry,
    committed: (): string[] =>
      (outside.prepare('SELECT id FROM devices ORDER BY id').all([]) as {id: string}[]).map(({id}) => id),
    async [Symbol.asyncDispose]() {
      outside.close();
      await registry.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Makes a device with its record, as a change does; `fail` is thrown when all of it is written. */
const make = (registry: Registry, id: string, fail?: Error): Promise<string> =>
  registry.transact(async now => {
    await now.createDevices(TENANT, [{id, labels: {site: 'oslo'}}], {
      ...BY,
      ifNotExists: false,
      credential: {kind: 'secret'},
    });
    await now.record({...ENTRY, target: `device/${id}`});
    await now.outbox.add([
      {tenant: TENANT, device: id, type: 'device.created', recordedMs: BY.nowMs, data: {}},
    ]);
    if (fail) throw fail;
    return id;
  });

describe('changes at the same time', () => {
  it('are answered when they are committed; one that fails takes no other with it', async () => {
    await using test = await started();
    const {registry} = test;
    const ids = Array.from({length: 150}, (_, index) => `d-${String(index).padStart(3, '0')}`);
    const isWrong = (id: string): boolean => Number(id.slice(2)) % 7 === 3;
    const answers = await Promise.allSettled(
      ids.map(async id => {
        const made = await make(registry, id, isWrong(id) ? new Error(`not ${id}`) : undefined);
        expect(test.committed()).toContain(made);
        return made;
      }),
    );
    const right = ids.filter(id => !isWrong(id));
    expect(
      answers.map(answer =>
        answer.status === 'fulfilled' ? answer.value : (answer.reason as Error).message,
      ),
    ).toEqual(ids.map(id => (isWrong(id) ? `not ${id}` : id)));
    expect(test.committed()).toEqual(right);
    const chain = await registry.audit.list(TENANT, {limit: 500});
    expect(chain.items.map(({target}) => target.slice(7)).sort()).toEqual(right);
    expect(await registry.audit.verify(TENANT)).toMatchObject({ok: true});
    expect((await registry.outbox.next(500)).map(({event}) => event.device)).toEqual(right);
    expect(await registry.devices.count(TENANT, {selector: 'site=oslo'})).toBe(right.length);
  });

  it('keep their own place where two want the same: the second one fails, whoever came between', async () => {
    await using test = await started();
    const made = ['a', 'b', 'a', 'c', 'a'].map(id => make(test.registry, id));
    const answers = await Promise.allSettled(made);
    expect(answers.map(({status}) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    expect(test.committed()).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['the commit does', "INSERT INTO child VALUES ('nobody')"],
    // As SQLite does by itself when the disk is full.
    ['the transaction is lost', 'ROLLBACK'],
  ])('all fail where %s, and nothing of them is left', async (_, statement) => {
    await using folder = await temporaryFolder();
    const file = openSqlite(folder.path);
    const database = new Kysely<Schema>({dialect: new RegistryDialect(file)});
    const run = (text: string) => (now: Kysely<Schema>) => sql.raw(text).execute(now);
    await run('CREATE TABLE parent (id TEXT PRIMARY KEY)')(database);
    await run('CREATE TABLE child (id TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)')(database);
    const commits = new SharedCommits(database, () => file.inTransaction);
    const answers = await Promise.allSettled([
      commits.run(run("INSERT INTO parent VALUES ('a')")),
      commits.run(async now => {
        await run(statement)(now);
        if (!file.inTransaction) throw new Error('lost');
      }),
      commits.run(run("INSERT INTO parent VALUES ('b')")),
    ]);
    expect(answers.map(({status}) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await commits.run(run("INSERT INTO parent VALUES ('c')"));
    const {rows} = await run('SELECT id FROM parent')(database);
    expect(rows).toEqual([{id: 'c'}]);
    await database.destroy();
  });

  it('wait for the disk together', async () => {
    await using folder = await temporaryFolder();
    const file = openSqlite(folder.path);
    let commits = 0;
    const log = ({query}: {query: {sql: string}}): void => {
      if (query.sql === 'commit') commits++;
    };
    const database = new Kysely<Schema>({dialect: new RegistryDialect(file), log});
    const shared = new SharedCommits(database, () => file.inTransaction);
    await sql`CREATE TABLE numbers (number INTEGER)`.execute(database);
    const numbers = Array.from({length: 128}, (_, number) => number);
    await Promise.all(
      numbers.map(number => shared.run(now => sql`INSERT INTO numbers VALUES (${number})`.execute(now))),
    );
    expect(commits).toBe(2);
    await database.destroy();
  });

  it('are done before the registry closes', async () => {
    const folder = await temporaryFolder();
    const registry = await openRegistry(folder.path, testKeys());
    await registry.bootstrap(BY.nowMs);
    const made = make(registry, 'a');
    await registry.close();
    expect(await made).toBe('a');
    await folder[Symbol.asyncDispose]();
  });
});
