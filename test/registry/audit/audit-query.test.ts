import {describe, expect, it} from 'vitest';
import type {AuditEntry} from '../../../src/domain/audit.js';
import type {AuditQuery} from '../../../src/registry/audit-query.js';
import {entry, NOW_MS, openAudit, TENANT} from './open-audit.js';

const ENTRIES: Partial<AuditEntry>[] = [
  {timeMs: NOW_MS},
  {timeMs: NOW_MS + 1000, action: 'device:create', target: 'device/lamp-2'},
  {
    timeMs: NOW_MS + 2000,
    actor: {kind: 'anonymous', name: 'bob'},
    action: 'login',
    target: 'user/bob',
    outcome: 'denied',
  },
  // The clock was set back.
  {timeMs: NOW_MS + 500, action: 'devices', target: 'x'},
  {timeMs: NOW_MS + 3000, action: 'device:retire', outcome: 'error'},
];

async function openEntries() {
  const opened = await openAudit();
  for (const changes of ENTRIES) await opened.audit.append(opened.database, entry(changes));
  await opened.audit.append(opened.database, entry({tenant: 'umbrella'}));
  return opened;
}

describe('searching the audit log', () => {
  it.each<[string, Partial<AuditQuery>, number[]]>([
    ['everything, newest first', {}, [5, 4, 3, 2, 1]],
    ['everything, oldest first', {order: 'oldest'}, [1, 2, 3, 4, 5]],
    ['since', {sinceMs: NOW_MS + 1000}, [5, 3, 2]],
    ['until', {untilMs: NOW_MS + 2000}, [4, 2, 1]],
    ['between', {sinceMs: NOW_MS + 500, untilMs: NOW_MS + 2000, order: 'oldest'}, [2, 4]],
    ['no such time', {sinceMs: NOW_MS + 9000}, []],
    ['an actor', {actor: 'bob'}, [3]],
    ['an action', {action: 'device:retire'}, [5, 1]],
    ['actions that start alike', {action: 'device:*'}, [5, 2, 1]],
    ['any action', {action: '*'}, [5, 4, 3, 2, 1]],
    ['a wildcard that is none', {action: 'device_*'}, []],
    ['a target', {target: 'device/lamp-2'}, [2]],
    ['an outcome', {outcome: 'denied'}, [3]],
    ['several at once', {action: 'device:*', outcome: 'allowed', untilMs: NOW_MS + 1000}, [1]],
  ])('finds %s', async (_, query, expected) => {
    await using opened = await openEntries();
    const {items, nextCursor} = await opened.audit.list(TENANT, {limit: 10, ...query});
    expect(items.map(({seq}) => seq)).toEqual(expected);
    expect(nextCursor).toBeNull();
  });

  it.each(['newest', 'oldest'] as const)('gives pages without a gap, %s first', async order => {
    await using opened = await openAudit();
    await opened.fill(25);
    const seen: number[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await opened.audit.list(TENANT, {limit: 10, order, cursor});
      seen.push(...page.items.map(({seq}) => seq));
      cursor = page.nextCursor ?? undefined;
      pages += 1;
    } while (cursor !== undefined);
    const all = Array.from({length: 25}, (_, index) => index + 1);
    expect(seen).toEqual(order === 'oldest' ? all : all.toReversed());
    expect(pages).toBe(3);
  });

  it('finds what is rare in a long chain', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    await audit.append(database, entry({actor: {kind: 'user', name: 'first'}}));
    await opened.tamper(`INSERT INTO audit
      WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < 25000)
      SELECT tenant, n, time_ms + n, 'alice', action, target, outcome, record, hash FROM audit, numbers WHERE seq = 1`);
    await audit.append(database, entry({actor: {kind: 'user', name: 'last'}}));
    for (const order of ['newest', 'oldest'] as const) {
      expect((await audit.list(TENANT, {limit: 5, order, actor: 'first'})).items).toMatchObject([{seq: 1}]);
      expect((await audit.list(TENANT, {limit: 5, order, actor: 'last'})).items).toMatchObject([
        {seq: 25_001},
      ]);
      expect((await audit.list(TENANT, {limit: 5, order, actor: 'nobody'})).items).toEqual([]);
      expect((await audit.list(TENANT, {limit: 30_000, order})).items).toHaveLength(25_001);
    }
  });

  it.each(['x', '', '-1', '1.5', '1e9', '99999999999999999999'])('refuses the cursor %j', async cursor => {
    await using opened = await openEntries();
    const refused = opened.audit.list(TENANT, {limit: 1, cursor});
    await expect(refused).rejects.toMatchObject({code: 'IOT_REQUEST_INVALID'});
  });

  it('names a record that is not readable any more', async () => {
    await using opened = await openEntries();
    await opened.tamper(`UPDATE audit SET record = 'x' WHERE seq = 2`);
    const failed = opened.audit.list(TENANT, {limit: 10});
    await expect(failed).rejects.toMatchObject({code: 'IOT_DATA_CORRUPT'});
    await expect(failed).rejects.toThrow('record 2');
  });
});
