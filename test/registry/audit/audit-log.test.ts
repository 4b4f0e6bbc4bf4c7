import {describe, expect, it} from 'vitest';
import {digestOf, FIRST_PREV_HASH, hashOf, readRecord} from '../../../src/audit/record.js';
import {entry, NOW_MS, openAudit, TENANT} from './open-audit.js';

describe('the audit log', () => {
  it('chains each record to the one before', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    const first = await audit.append(database, entry({before: digestOf({a: 1}), after: digestOf({a: 2})}));
    const second = await audit.append(database, entry({outcome: 'denied', reason: 'no right'}));
    expect(first).toMatchObject({
      seq: 1,
      prevHash: FIRST_PREV_HASH,
      count: 1,
      time: '2026-01-31T12:00:00.000Z',
    });
    expect(first.before).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toMatchObject({seq: 2, prevHash: first.hash, reason: 'no right', before: null});
    const {hash, ...content} = second;
    expect(hashOf(content)).toBe(hash);
    expect(await audit.verify(TENANT)).toEqual({
      ok: true,
      records: 2,
      lastSeq: 2,
      lastHash: second.hash,
      checkpointed: 0,
      keyId: null,
    });
  });

  it('keeps one whole chain when many append at once', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    const records = await Promise.all(
      Array.from({length: 50}, (_, index) => audit.append(database, entry({target: `device/${index}`}))),
    );
    expect(new Set(records.map(({seq}) => seq)).size).toBe(50);
    expect(await audit.verify(TENANT)).toMatchObject({ok: true, records: 50});
  });

  it('has no trace of a change that was rolled back', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    const kept = await audit.append(database, entry());
    const rolledBack = database.transaction().execute(async transaction => {
      await audit.append(transaction, entry());
      throw new Error('the change failed');
    });
    await expect(rolledBack).rejects.toThrow('the change failed');
    expect((await audit.list(TENANT, {limit: 10})).items).toEqual([kept]);
    const next = await audit.append(database, entry());
    expect(next).toMatchObject({seq: 2, prevHash: kept.hash});
    expect(await audit.verify(TENANT)).toMatchObject({ok: true, records: 2});
  });

  it('commits a record together with its change', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    await database.transaction().execute(async transaction => {
      const row = {
        id: TENANT,
        state: 'active',
        reason: null,
        quotas: '{}',
        policy: '{}',
        retention: '{}',
        created_ms: NOW_MS,
        changed_ms: NOW_MS,
      } as const;
      await transaction.insertInto('tenants').values(row).execute();
      await audit.append(transaction, entry({action: 'tenant:create'}));
    });
    expect(await database.selectFrom('tenants').select('id').execute()).toEqual([{id: TENANT}]);
    expect((await audit.list(TENANT, {limit: 1})).items).toMatchObject([{action: 'tenant:create'}]);
  });

  it('cuts long texts, and keeps any character', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    const hostile = `\u0000\u001b[2J\n"\\\u2028\u{1f600}\ud800`;
    await audit.append(
      database,
      entry({
        actor: {kind: 'anonymous', name: hostile, userAgent: 'u'.repeat(10_000)},
        target: `${'x'.repeat(498)}\u{1f600}\u{1f600}`,
        reason: 'r'.repeat(500),
      }),
    );
    const {record} = await database.selectFrom('audit').select('record').executeTakeFirstOrThrow();
    expect(Array.from(record).every(character => character >= ' ')).toBe(true);
    const {items} = await audit.list(TENANT, {limit: 1});
    expect(items[0]!.actor.name).toBe(`\ufffd${hostile.slice(1).toWellFormed()}`);
    expect(items[0]!.actor.userAgent).toBe(`${'u'.repeat(499)}…`);
    expect(items[0]!.target).toBe(`${'x'.repeat(498)}\ufffd…`);
    expect(items[0]!.reason).toBe('r'.repeat(500));
    expect(readRecord(record)).toEqual(items[0]);
    expect(await audit.verify(TENANT)).toMatchObject({ok: true});
  });

  it('keeps the chains of two tenants apart', async () => {
    await using opened = await openAudit();
    const {audit} = opened;
    await opened.fill(3, 'acme');
    await opened.fill(2, 'umbrella');
    await audit.checkpointAll(NOW_MS);
    await opened.tamper(
      `UPDATE audit SET record = replace(record, 'alice', 'mallo') WHERE tenant = 'acme' AND seq = 2`,
    );
    expect(await audit.verify('acme')).toMatchObject({ok: false, seq: 2, fault: 'changed'});
    expect(await audit.verify('umbrella')).toMatchObject({ok: true, records: 2, checkpointed: 2});
    expect(await audit.verify('nobody')).toMatchObject({ok: true, records: 0, lastHash: FIRST_PREV_HASH});
  });
});

describe('checkpoints', () => {
  it('are due after 1000 records', async () => {
    await using opened = await openAudit();
    const {audit, database, key} = opened;
    await opened.fill(999);
    expect(await audit.checkpointIfDue(NOW_MS)).toEqual([]);
    const last = await audit.append(database, entry());
    expect(await audit.checkpointIfDue(NOW_MS)).toMatchObject([
      {tenant: TENANT, seq: 1000, hash: last.hash, time: '2026-01-31T12:00:00.000Z', keyId: key.keyId},
    ]);
    expect(await audit.checkpointIfDue(NOW_MS)).toEqual([]);
    expect(await audit.verify(TENANT)).toMatchObject({ok: true, checkpointed: 1000, keyId: key.keyId});
  });

  it('are due an hour after the first record that none vouches for', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    await opened.fill(2);
    await audit.append(database, entry({tenant: 'umbrella', timeMs: NOW_MS + 60_000}));
    expect(await audit.checkpointIfDue(NOW_MS + 3_599_999)).toEqual([]);
    expect(await audit.checkpointIfDue(NOW_MS + 3_600_000)).toMatchObject([{tenant: TENANT, seq: 2}]);
    expect(await audit.checkpointIfDue(NOW_MS + 3_660_000)).toMatchObject([{tenant: 'umbrella', seq: 1}]);
    expect(await audit.checkpointIfDue(NOW_MS + 9e9)).toEqual([]);
  });

  it('are due when the clock was ahead', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    await audit.append(database, entry({timeMs: NOW_MS + 10 * 365 * 86_400_000}));
    expect(await audit.checkpointIfDue(NOW_MS)).toHaveLength(1);
  });

  it('are made for every chain before a stop, once', async () => {
    await using opened = await openAudit();
    const {audit} = opened;
    for (const tenant of ['a', 'b', 'c']) await opened.fill(2, tenant);
    expect((await audit.checkpointAll(NOW_MS)).map(({tenant, seq}) => [tenant, seq])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ]);
    expect(await audit.checkpointAll(NOW_MS)).toEqual([]);
    expect(await audit.checkpoint('a', NOW_MS + 1)).toMatchObject({seq: 2, time: '2026-01-31T12:00:00.000Z'});
    expect(await audit.checkpoint('nobody', NOW_MS)).toBeUndefined();
  });
});
