import {describe, expect, it} from 'vitest';
import {verifyExport} from '../../../src/audit/export.js';
import {entry, NOW_MS, openAudit, TENANT} from './open-audit.js';

const DAY_MS = 86_400_000;

/** Ten days with three records each, the last of which a checkpoint vouches for. */
async function openOld() {
  const opened = await openAudit();
  const {audit, database} = opened;
  const kept = [];
  for (let day = 10; day > 0; day--) {
    const timeMs = NOW_MS - day * DAY_MS;
    for (let n = 0; n < 3; n++) await audit.append(database, entry({timeMs, target: `device/${day}-${n}`}));
    kept.push((await audit.checkpoint(TENANT, timeMs))!);
  }
  const trim = async (retention: {deleteAfterDays?: number; bytesMax?: number}) => {
    const policy = {deleteAfterDays: null, bytesMax: null, ...retention};
    const {checkpoint} = await audit.leaving(TENANT, policy, NOW_MS);
    return checkpoint ? await audit.trim(database, checkpoint, NOW_MS) : 0;
  };
  return Object.assign(opened, {trim, kept});
}

describe('the audit log', () => {
  it('lets old records leave, and verifies from where it begins then', async () => {
    await using opened = await openOld();
    const {audit, database, kept} = opened;
    expect(await opened.trim({deleteAfterDays: 30})).toBe(0);
    expect(await opened.trim({deleteAfterDays: 4})).toBe(18);
    expect(await opened.trim({deleteAfterDays: 4})).toBe(0);
    const last = await audit.append(database, entry());
    const expected = {ok: true, records: 13, lastSeq: 31, lastHash: last.hash, checkpointed: 30};
    // Checkpoints that somebody kept from before still fit.
    expect(await audit.verify(TENANT, kept)).toMatchObject(expected);
    const lines: string[] = [];
    for await (const line of audit.export(TENANT)) lines.push(line);
    expect(await verifyExport(lines, {kept})).toMatchObject({ok: true, records: 13});
    expect((await audit.list(TENANT, {limit: 100})).items.map(({seq}) => seq).at(-1)).toBe(19);
  });

  it('keeps the newest records that fit into a size, and one in any case', async () => {
    await using opened = await openOld();
    const {audit, database} = opened;
    const {record} = await database
      .selectFrom('audit')
      .select('record')
      .where('seq', '=', 30)
      .executeTakeFirstOrThrow();
    expect(await opened.trim({bytesMax: record.length * 8})).toBe(21);
    expect(await opened.trim({bytesMax: 1})).toBe(6);
    expect(await audit.verify(TENANT)).toMatchObject({ok: true, records: 3, lastSeq: 30});
  });

  it('tells records that were taken away from those that left', async () => {
    await using opened = await openOld();
    const {audit, database, kept} = opened;
    const vouched = kept[5]!;
    const takeAway = database.deleteFrom('audit').where('seq', '<=', vouched.seq);
    await takeAway.execute();
    expect(await audit.verify(TENANT)).toMatchObject({ok: false, fault: 'deleted', seq: 1});
    // A checkpoint of the log's own is no beginning.
    const {keyId: key_id, time: _, ...rest} = vouched;
    await database
      .insertInto('audit_beginnings')
      .values({...rest, key_id, time_ms: Date.parse(vouched.time)})
      .execute();
    expect(await audit.verify(TENANT)).toMatchObject({ok: false, fault: 'checkpoint', seq: vouched.seq});
  });

  it('signs no beginning for a checkpoint that was altered, nor lets anything leave', async () => {
    await using opened = await openOld();
    const {audit, database} = opened;
    await database
      .updateTable('audit_checkpoints')
      .set({hash: 'f'.repeat(64)})
      .where('seq', '=', 18)
      .execute();
    await expect(opened.trim({deleteAfterDays: 4})).rejects.toMatchObject({code: 'IOT_DATA_CORRUPT'});
    expect(await audit.list(TENANT, {limit: 100, order: 'oldest'})).toMatchObject({
      items: [{seq: 1}, ...Array(29).fill({})],
    });
  });
});
