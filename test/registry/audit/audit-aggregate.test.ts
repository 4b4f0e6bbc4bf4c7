import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {AuditEntry} from '../../../src/domain/audit.js';
import {AuditAggregate} from '../../../src/registry/audit-aggregate.js';
import {entry, NOW_MS, openAudit, TENANT} from './open-audit.js';

function startAggregate() {
  const written: AuditEntry[] = [];
  const clock = {nowMs: 0};
  const broken = {count: 0};
  const aggregate = new AuditAggregate(
    async one => {
      if (broken.count > 0) {
        broken.count -= 1;
        throw new Error('the disk is full');
      }
      written.push(one);
    },
    {now: () => clock.nowMs},
  );
  return {aggregate, written, clock, broken, total: () => total(written)};
}

const total = (entries: readonly AuditEntry[]): number =>
  entries.reduce((sum, {count = 1}) => sum + count, 0);

const failure = (changes: Partial<AuditEntry> = {}): AuditEntry =>
  entry({
    actor: {kind: 'anonymous', name: 'root', address: '203.0.113.9', userAgent: 'curl/8'},
    action: 'login',
    target: 'user/root',
    outcome: 'denied',
    reason: 'wrong password',
    ...changes,
  });

const from = (address: string): AuditEntry =>
  failure({actor: {kind: 'anonymous', name: 'root', address, userAgent: 'curl/8'}});

describe('a flood of refusals', () => {
  it('becomes its first record and one with the count of the rest', async () => {
    const {aggregate, written, clock} = startAggregate();
    await aggregate.record(failure());
    expect(written).toHaveLength(1);
    for (let index = 1; index <= 9; index++) await aggregate.record(failure({timeMs: NOW_MS + index}));
    clock.nowMs = 59_999;
    await aggregate.writeEnded();
    expect(written).toHaveLength(1);
    clock.nowMs = 60_000;
    await aggregate.writeEnded();
    expect(written).toMatchObject([
      {reason: 'wrong password'},
      {
        count: 9,
        timeMs: NOW_MS + 9,
        target: 'user/root',
        reason: 'wrong password',
        actor: {address: '203.0.113.9'},
      },
    ]);
    await aggregate.writeEnded();
    await aggregate.flush();
    expect(written).toHaveLength(2);
  });

  it('of one kind does not hide another', async () => {
    const {aggregate, written} = startAggregate();
    const others = [
      failure({tenant: 'umbrella'}),
      from('203.0.113.10'),
      failure({action: 'connect'}),
      failure({reason: 'no such user'}),
      failure({outcome: 'error'}),
      failure({actor: {kind: 'anonymous', name: 'alice', address: '203.0.113.9'}}),
    ];
    for (const other of [failure(), failure(), ...others]) await aggregate.record(other);
    expect(written).toHaveLength(1 + others.length);
  });

  it('begins anew after its minute, also when nobody asks', async () => {
    const {aggregate, written, clock} = startAggregate();
    await aggregate.record(failure());
    await aggregate.record(failure());
    clock.nowMs = 60_000;
    await aggregate.record(failure());
    expect(written.map(({count = 1}) => count)).toEqual([1, 1, 1]);
    await aggregate.record(failure());
    await aggregate.flush();
    expect(total(written)).toBe(4);
  });

  it('says only what all have said', async () => {
    const {aggregate, written} = startAggregate();
    await aggregate.record(failure());
    await aggregate.record(failure({traceId: 'a', before: 'b'}));
    await aggregate.record(failure({traceId: 'c', target: 'user/admin'}));
    await aggregate.flush();
    expect(written[1]).toMatchObject({
      count: 2,
      target: 'other',
      traceId: null,
      before: null,
      reason: 'wrong password',
    });
  });

  it('from everywhere is counted together for each tenant', async () => {
    const {aggregate, written, total} = startAggregate();
    for (let index = 0; index < 5000; index++)
      await aggregate.record(from(`203.0.${index >> 8}.${index & 255}`));
    expect(written).toHaveLength(201);
    await aggregate.record({...from('198.51.100.1'), tenant: 'umbrella'});
    await aggregate.record({...from('198.51.100.2'), tenant: 'umbrella', action: 'connect'});
    await aggregate.record({...from('198.51.100.3'), tenant: 'umbrella'});
    await aggregate.flush();
    expect(written.slice(202)).toMatchObject([
      {tenant: TENANT, action: 'login', count: 4799, actor: {name: 'root', address: null}},
      {tenant: 'umbrella', action: 'other', count: 2},
    ]);
    expect(total()).toBe(5003);
  });

  it('from everywhere at every tenant is bounded as well', async () => {
    const {aggregate, written, total} = startAggregate();
    for (let index = 0; index < 2000; index++) await aggregate.record(failure({tenant: `tenant-${index}`}));
    expect(written.length).toBeLessThanOrEqual(401);
    await aggregate.flush();
    expect(written.at(-1)).toMatchObject({tenant: 'platform', count: 1599});
    expect(total()).toBe(2000);
  });

  it('stays counted when its record cannot be written', async () => {
    const {aggregate, written, clock, broken, total} = startAggregate();
    broken.count = 1;
    await expect(aggregate.record(failure())).rejects.toThrow('the disk is full');
    await aggregate.record(failure());
    broken.count = 1;
    clock.nowMs = 60_000;
    await expect(aggregate.writeEnded()).rejects.toThrow('the disk is full');
    expect(written).toEqual([]);
    await aggregate.flush();
    expect(written).toMatchObject([{count: 2}]);
    expect(total()).toBe(2);
  });

  it('is counted whole, whatever comes and whenever', async () => {
    const address = fc.integer({min: 0, max: 400});
    const step = fc.record({
      address,
      tenant: fc.integer({min: 0, max: 3}),
      afterMs: fc.integer({min: 0, max: 5000}),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, {maxLength: 600, size: 'max'}), async steps => {
        const {aggregate, clock, total} = startAggregate();
        for (const one of steps) {
          clock.nowMs += one.afterMs;
          await aggregate.record({...from(`192.0.2.${one.address}`), tenant: `t-${one.tenant}`});
        }
        await aggregate.flush();
        expect(total()).toBe(steps.length);
      }),
      {numRuns: 30},
    );
  });

  it('of 100,000 is a few records in the log', async () => {
    await using opened = await openAudit();
    const {audit, database} = opened;
    const clock = {nowMs: 0};
    const aggregate = new AuditAggregate(one => audit.append(database, one), {now: () => clock.nowMs});
    for (let index = 0; index < 100_000; index++) {
      clock.nowMs += 1;
      await aggregate.record(failure({timeMs: NOW_MS + index}));
    }
    await aggregate.flush();
    const {items} = await audit.list(TENANT, {limit: 100});
    expect(items.length).toBeLessThan(10);
    expect(total(items.map(({count}) => failure({count})))).toBe(100_000);
    expect(await audit.verify(TENANT)).toMatchObject({ok: true});
  });
});
