/** What somebody with the registry's file can do to the log, and what verification says of it. */
import {describe, expect, it} from 'vitest';
import {createSigningKey} from '../../../src/audit/checkpoint.js';
import {verifyExport} from '../../../src/audit/export.js';
import {AuditLog} from '../../../src/registry/audit-log.js';
import {entry, NOW_MS, openAudit, TENANT} from './open-audit.js';

const RECORDS = 20;

async function openFilled() {
  const opened = await openAudit();
  await opened.fill(RECORDS);
  const checkpoint = (await opened.audit.checkpoint(TENANT, NOW_MS))!;
  return {
    ...opened,
    checkpoint,
    exported: async () => {
      const lines: string[] = [];
      for await (const line of opened.audit.export(TENANT)) lines.push(line);
      return lines;
    },
  };
}

/** Swaps two sequence numbers past the primary key. */
const swap = (one: number, two: number): string[] => [
  `UPDATE audit SET seq = 1000000 WHERE seq = ${one}`,
  `UPDATE audit SET seq = ${one} WHERE seq = ${two}`,
  `UPDATE audit SET seq = ${two} WHERE seq = 1000000`,
];

const COPY = 'tenant, time_ms, actor, action, target, outcome, record, hash';

const TAMPERINGS: [string, string[], {seq: number; fault: string}][] = [
  [
    'one byte of a record was flipped',
    [`UPDATE audit SET record = replace(record, '"outcome":"a', '"outcome":"b') WHERE seq = 7`],
    {seq: 7, fault: 'changed'},
  ],
  [
    'a record is not JSON any more',
    [`UPDATE audit SET record = substr(record, 2) WHERE seq = 7`],
    {seq: 7, fault: 'changed'},
  ],
  [`a record is a blob`, [`UPDATE audit SET record = x'00ff' WHERE seq = 7`], {seq: 7, fault: 'changed'}],
  ['a column was changed', [`UPDATE audit SET actor = 'bob' WHERE seq = 7`], {seq: 7, fault: 'changed'}],
  [
    'a hash column was changed',
    [`UPDATE audit SET hash = lower(hex(randomblob(32))) WHERE seq = 7`],
    {seq: 7, fault: 'changed'},
  ],
  ['a record was deleted', ['DELETE FROM audit WHERE seq = 7'], {seq: 7, fault: 'deleted'}],
  [
    'a record was deleted and the others moved up',
    [
      'DELETE FROM audit WHERE seq = 7',
      ...Array.from(
        {length: 13},
        (_, index) => `UPDATE audit SET seq = ${index + 7} WHERE seq = ${index + 8}`,
      ),
    ],
    {seq: 7, fault: 'deleted'},
  ],
  ['all rows have other numbers', ['UPDATE audit SET seq = seq + 100'], {seq: 1, fault: 'changed'}],
  ['two records changed places', swap(7, 8), {seq: 7, fault: 'reordered'}],
  [
    'a record was copied over another',
    [`UPDATE audit SET (${COPY}) = (SELECT ${COPY} FROM audit WHERE seq = 4) WHERE seq = 7`],
    {seq: 4, fault: 'duplicated'},
  ],
  [
    'a record was copied to the end',
    [`INSERT INTO audit (seq, ${COPY}) SELECT 21, ${COPY} FROM audit WHERE seq = 4`],
    {seq: 4, fault: 'duplicated'},
  ],
  [
    'a record was put before the first',
    [`INSERT INTO audit (seq, ${COPY}) SELECT 0, ${COPY} FROM audit WHERE seq = 4`],
    {seq: 4, fault: 'duplicated'},
  ],
  ['the tail was cut', ['DELETE FROM audit WHERE seq > 15'], {seq: 16, fault: 'truncated'}],
  ['everything was deleted', ['DELETE FROM audit'], {seq: 1, fault: 'truncated'}],
  [
    'the signature of a checkpoint was changed',
    [
      `UPDATE audit_checkpoints SET signature = iif(signature LIKE 'A%', 'B', 'A') || substr(signature, 2, 85) || '=='`,
    ],
    {seq: 20, fault: 'checkpoint'},
  ],
  [
    'the time of a checkpoint was changed',
    ['UPDATE audit_checkpoints SET time_ms = time_ms + 1'],
    {seq: 20, fault: 'checkpoint'},
  ],
  [
    'the time of a checkpoint is none',
    ['UPDATE audit_checkpoints SET time_ms = 9e18'],
    {seq: 20, fault: 'checkpoint'},
  ],
  ['a checkpoint was moved', ['UPDATE audit_checkpoints SET seq = 19'], {seq: 19, fault: 'checkpoint'}],
];

describe('verification of the registry', () => {
  it.each(TAMPERINGS)('sees that %s', async (_, statements, expected) => {
    await using opened = await openFilled();
    expect(await opened.audit.verify(TENANT)).toMatchObject({
      ok: true,
      records: RECORDS,
      checkpointed: RECORDS,
    });
    for (const statement of statements) await opened.tamper(statement);
    expect(await opened.audit.verify(TENANT)).toMatchObject({ok: false, ...expected});
  });

  it('cannot see a tail that was cut with its checkpoint, and says how far the log is vouched for', async () => {
    await using opened = await openFilled();
    await opened.tamper('DELETE FROM audit WHERE seq > 15');
    await opened.tamper('DELETE FROM audit_checkpoints');
    expect(await opened.audit.verify(TENANT)).toMatchObject({ok: true, records: 15, checkpointed: 0});
    const kept = [opened.checkpoint];
    expect(await opened.audit.verify(TENANT, kept)).toMatchObject({ok: false, seq: 16, fault: 'truncated'});
  });

  it('does not take records that are added meanwhile for a fault', async () => {
    await using opened = await openFilled();
    const {audit, database} = opened;
    const appended = (async () => {
      for (let index = 0; index < 30; index++) {
        await audit.append(database, entry());
        await audit.checkpoint(TENANT, NOW_MS);
      }
    })();
    const verdicts = await Promise.all(Array.from({length: 10}, () => audit.verify(TENANT)));
    await appended;
    expect(verdicts.filter(({ok}) => !ok)).toEqual([]);
    expect(await audit.verify(TENANT)).toMatchObject({ok: true, records: 50, checkpointed: 50});
  });

  it('goes on with another key while the earlier one is known', async () => {
    await using opened = await openFilled();
    const {database, key} = opened;
    const next = createSigningKey();
    const keys = {signingKeyPem: next.privateKeyPem};
    const audit = new AuditLog(database, {...keys, formerPublicKeysPem: [key.publicKeyPem]});
    await audit.append(database, entry());
    await audit.checkpointAll(NOW_MS);
    expect(await audit.verify(TENANT)).toMatchObject({ok: true, checkpointed: 21, keyId: next.keyId});
    const forgetful = new AuditLog(database, keys);
    expect(await forgetful.verify(TENANT)).toMatchObject({ok: false, seq: 20, fault: 'checkpoint'});
  });
});

describe('an exported file', () => {
  it('verifies on its own', async () => {
    await using opened = await openFilled();
    await opened.fill(3);
    const lines = await opened.exported();
    expect(lines.every(line => !line.includes('\n'))).toBe(true);
    expect(lines).toHaveLength(1 + 23 + 1 + 1);
    expect(await verifyExport(lines)).toMatchObject({
      ok: true,
      records: 23,
      checkpointed: 20,
      keyId: opened.key.keyId,
    });
    expect(await verifyExport(lines.flatMap(line => [line, '']))).toMatchObject({ok: true});
  });

  it('of an empty chain verifies', async () => {
    await using opened = await openAudit();
    const lines: string[] = [];
    for await (const line of opened.audit.export(TENANT)) lines.push(line);
    expect(await verifyExport(lines)).toMatchObject({ok: true, records: 0, checkpointed: 0});
    expect(await verifyExport([])).toMatchObject({ok: false, seq: 1, fault: 'truncated'});
  });

  // The file has no columns beside its records.
  const inFile = TAMPERINGS.filter(([what]) => !/column|other numbers/.test(what));
  it.each(inFile)('shows that %s', async (_, statements, expected) => {
    await using opened = await openFilled();
    for (const statement of statements) await opened.tamper(statement);
    expect(await verifyExport(await opened.exported())).toMatchObject({ok: false, ...expected});
  });

  it('names the line that was changed in it', async () => {
    await using opened = await openFilled();
    const lines = await opened.exported();
    const isRecord = (line: string) => line.includes('"seq":7,');
    const changed = lines.map(line => (isRecord(line) ? line.replace('alice', 'malice') : line));
    expect(await verifyExport(changed)).toMatchObject({ok: false, seq: 7, fault: 'changed'});
    const deleted = lines.filter(line => !isRecord(line));
    expect(await verifyExport(deleted)).toMatchObject({ok: false, seq: 7, fault: 'deleted'});
    const noise = lines.map(line => (isRecord(line) ? '{"publicKey' : line));
    expect(await verifyExport(noise)).toMatchObject({ok: false, seq: 7, fault: 'changed'});
    for (const other of [
      'null',
      '[]',
      '{}',
      '7',
      '{"checkpoint":7}',
      '{"end":{}}',
      '{"publicKey":{"pem":"x"}}',
    ]) {
      const wrong = lines.map(line => (isRecord(line) ? other : line));
      expect(await verifyExport(wrong), other).toMatchObject({ok: false, seq: expect.any(Number) as number});
    }
  });

  it('was cut when its last line is missing', async () => {
    await using opened = await openFilled();
    const lines = await opened.exported();
    for (const length of [1, 2, 10, lines.length - 1]) {
      expect(await verifyExport(lines.slice(0, length))).toMatchObject({
        ok: false,
        seq: Math.min(length, 21),
        fault: 'truncated',
      });
    }
    const shortened = lines.filter(line => !/"seq":(19|20)[,}]/.test(line));
    expect(await verifyExport([...shortened, lines.at(-1)!])).toMatchObject({
      ok: false,
      seq: 19,
      fault: 'truncated',
    });
    expect(await verifyExport([...lines, lines[1]!])).toMatchObject({ok: false, seq: 21, fault: 'changed'});
  });

  it('has each checkpoint no later than right after its record', async () => {
    await using opened = await openFilled();
    await opened.fill(2);
    const lines = await opened.exported();
    const at = lines.findIndex(line => line.startsWith('{"checkpoint"'));
    const without = lines.toSpliced(at, 1);
    expect(await verifyExport(without.toSpliced(3, 0, lines[at]!))).toMatchObject({
      ok: true,
      checkpointed: 20,
    });
    const late = without.toSpliced(at + 1, 0, lines[at]!);
    expect(await verifyExport(late)).toMatchObject({ok: false, seq: 20, fault: 'checkpoint'});
  });

  it('that was forged whole is not believed by whoever knows the key', async () => {
    await using real = await openFilled();
    await using forged = await openFilled();
    const lines = await forged.exported();
    expect(await verifyExport(lines)).toMatchObject({ok: true, keyId: forged.key.keyId});
    const publicKeysPem = [real.key.publicKeyPem];
    expect(await verifyExport(lines, {publicKeysPem})).toMatchObject({
      ok: false,
      seq: 20,
      fault: 'checkpoint',
    });
    expect(await verifyExport(await real.exported(), {publicKeysPem})).toMatchObject({
      ok: true,
      checkpointed: 20,
    });
  });

  it('is held against a checkpoint that was kept elsewhere', async () => {
    await using opened = await openFilled();
    await opened.tamper('DELETE FROM audit WHERE seq > 15');
    await opened.tamper('DELETE FROM audit_checkpoints');
    const lines = await opened.exported();
    expect(await verifyExport(lines)).toMatchObject({ok: true, records: 15, checkpointed: 0});
    expect(await verifyExport(lines, {kept: [opened.checkpoint]})).toMatchObject({
      ok: false,
      seq: 16,
      fault: 'truncated',
    });
  });
});
