import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {createSigningKey, loadSigningKey, signCheckpoint} from '../../src/audit/checkpoint.js';
import {checkpointLine, endLine, publicKeyLine} from '../../src/audit/export.js';
import {canonicalJson, FIRST_PREV_HASH, sealRecord} from '../../src/audit/record.js';
import AuditExport from '../../src/commands/audit/export.js';
import AuditList from '../../src/commands/audit/list.js';
import AuditVerify from '../../src/commands/audit/verify.js';
import type {AuditEntry} from '../../src/domain/audit.js';
import {commandTest} from '../support/command-test.js';
import {recordOf} from '../support/fake-security.js';
import {runCommand} from '../support/run-command.js';

const test = commandTest();

const addRecords = (count: number): void => {
  for (let seq = 1; seq <= count; seq++) test.platform.records.push(recordOf(seq));
};

describe('audit list', () => {
  it('shows who did what, from where, the newest first', async () => {
    test.platform.records.push(
      recordOf(1),
      recordOf(2, {outcome: 'denied', reason: 'no role of this caller has device:retire', count: 7}),
    );
    const {stdout} = await runCommand(AuditList, '-o', 'csv');
    expect(stdout.split('\r\n')).toEqual([
      'seq,time,actor,action,target,outcome,count,reason,address',
      '2,2026-01-31T12:00:00.000Z,user:alice,device:retire,device/lamp-1,denied,7,no role of this caller has device:retire,192.0.2.7',
      '1,2026-01-31T12:00:00.000Z,user:alice,device:retire,device/lamp-1,allowed,1,,192.0.2.7',
      '',
    ]);
  });

  it('stops at 100, and goes on through all the pages when asked to', async () => {
    addRecords(1234);
    expect((await runCommand(AuditList, '-q')).stdout.split('\n')).toHaveLength(101);
    const {stdout} = await runCommand(AuditList, '-q', '--limit', '1100');
    expect(stdout.split('\n').slice(0, 1100)).toEqual(
      Array.from({length: 1100}, (_, index) => String(1234 - index)),
    );
    expect((await runCommand(AuditList, '-q', '--limit', '5000')).stdout.split('\n')).toHaveLength(1235);
  });

  it('asks for what its flags say', async () => {
    const argv = [
      '--since',
      '2026-01-01',
      '--until',
      '2026-02-01T00:00:00Z',
      '--actor',
      'alice',
      '--action',
      'login',
    ];
    await runCommand(
      AuditList,
      ...argv,
      '--target',
      'device/lamp-1',
      '--outcome',
      'denied',
      '--limit',
      '5',
      '--platform',
    );
    const {searchParams} = new URL(test.platform.requests[0]!.url, 'http://127.0.0.1');
    expect(Object.fromEntries(searchParams)).toEqual({
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-02-01T00:00:00.000Z',
      actor: 'alice',
      action: 'login',
      target: 'device/lamp-1',
      outcome: 'denied',
      limit: '5',
      platform: 'true',
    });
  });

  it.each([[['--outcome', 'maybe']], [['--limit', '0']], [['--since', 'then']]])('refuses %j', async argv => {
    expect(await runCommand(AuditList, ...argv)).toMatchObject({exitCode: 2});
    expect(test.platform.requests).toEqual([]);
  });
});

describe('audit verify', () => {
  it('ends with 0 when all is as it was written', async () => {
    const run = await runCommand(AuditVerify);
    expect(run).toMatchObject({exitCode: 0, stderr: ''});
    expect(run.stdout).toMatch(/VERDICT +intact\nRECORDS +2\n/);
  });

  it('names the first record that is not, and ends with 9', async () => {
    test.platform.verdict = {
      ok: false,
      seq: 17,
      fault: 'changed',
      detail: 'its content does not have its hash',
    };
    const run = await runCommand(AuditVerify, '-o', 'json');
    expect(JSON.parse(run.stdout)).toEqual(test.platform.verdict);
    expect(run).toMatchObject({exitCode: 9, error: {code: 'IOT_AUDIT_BROKEN'}});
    expect((await runCommand(AuditVerify)).stderr).toContain(
      'record 17 is changed: its content does not have its hash',
    );
  });
});

describe('audit verify --file', () => {
  it('checks an exported log without a platform', async () => {
    const {file, keyId} = await exported();
    const run = await runCommand(AuditVerify, '--file', file, '--key-id', keyId, '-o', 'json');
    expect(run).toMatchObject({exitCode: 0, stderr: ''});
    expect(JSON.parse(run.stdout)).toMatchObject({ok: true, records: 3, checkpointed: 3, keyId});
    expect(test.platform.requests).toEqual([]);
  });

  it('names the first record that was changed in it, and ends with 9', async () => {
    const {file} = await exported(lines => lines.map(line => line.replace('lamp-2', 'lamp-9')));
    const run = await runCommand(AuditVerify, '--file', file);
    expect(run).toMatchObject({exitCode: 9, error: {code: 'IOT_AUDIT_BROKEN'}});
    expect(run.stderr).toContain('Error: record 2 was changed: its content does not have its hash');
  });

  it('does not believe what another key signed, or none', async () => {
    const other = createSigningKey().keyId;
    for (const withCheckpoint of [true, false]) {
      const {file} = await exported(lines =>
        lines.filter(line => withCheckpoint || !line.startsWith('{"checkpoint"')),
      );
      expect(await runCommand(AuditVerify, '--file', file)).toMatchObject({exitCode: 0});
      const run = await runCommand(AuditVerify, '--file', file, '--key-id', other);
      expect(run).toMatchObject({exitCode: 9, error: {code: 'IOT_AUDIT_BROKEN'}});
      expect(run.stderr).toMatch(withCheckpoint ? 'not one of the known keys' : other);
    }
  });

  it('says that a file is not there, and what it needs', async () => {
    expect(await runCommand(AuditVerify, '--file', join(test.folder, 'none'))).toMatchObject({
      exitCode: 7,
      error: {code: 'IOT_INPUT_INVALID'},
    });
    expect(await runCommand(AuditVerify, '--key-id', 'a')).toMatchObject({exitCode: 2});
    expect(await runCommand(AuditVerify, '--file', 'a', '--platform')).toMatchObject({exitCode: 2});
  });
});

/** A log of three records, as the platform exports it, after `change` had its way with the lines. */
async function exported(change = (lines: string[]) => lines): Promise<{file: string; keyId: string}> {
  const {keyId, publicKeyPem, privateKeyPem} = createSigningKey();
  const records: string[] = [];
  let last = {seq: 0, hash: FIRST_PREV_HASH};
  for (const seq of [1, 2, 3]) {
    const entry: AuditEntry = {
      timeMs: Date.UTC(2026, 0, 31),
      tenant: 'default',
      actor: {kind: 'user', name: 'alice'},
      action: 'device:retire',
      target: `device/lamp-${seq}`,
      outcome: 'allowed',
    };
    const record = sealRecord(entry, {seq, prevHash: last.hash});
    records.push(canonicalJson(record));
    last = record;
  }
  const signed = signCheckpoint(loadSigningKey(privateKeyPem), {
    ...last,
    tenant: 'default',
    time: '2026-01-31T12:00:00.000Z',
  });
  const lines = [publicKeyLine(keyId, publicKeyPem), ...records, checkpointLine(signed), endLine(last)];
  const file = join(test.folder, 'exported.ndjson');
  await writeFile(file, `${change(lines).join('\n')}\n`);
  return {file, keyId};
}

describe('audit export', () => {
  it('prints the log as it came', async () => {
    addRecords(3);
    const {stdout} = await runCommand(AuditExport);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as unknown),
    ).toEqual(test.platform.records);
  });

  it('writes it to a file of its owner, which it never overwrites', async () => {
    addRecords(2000);
    const file = join(test.folder, 'audit.ndjson');
    const {stdout} = await runCommand(AuditExport, '--file', file, '-o', 'json');
    const text = await readFile(file, 'utf8');
    expect(text.split('\n')).toHaveLength(2001);
    expect(JSON.parse(stdout)).toEqual({file, bytes: Buffer.byteLength(text)});
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, 'mine');
    expect(await runCommand(AuditExport, '--file', file)).toMatchObject({exitCode: 5});
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(test.platform.requests).toHaveLength(1);
  });

  it('leaves no half of it behind when the connection breaks', async () => {
    addRecords(10);
    test.platform.breaksExport = true;
    const file = join(test.folder, 'audit.ndjson');
    const run = await runCommand(AuditExport, '--file', file);
    expect(run).toMatchObject({exitCode: 3, error: {code: 'IOT_PLATFORM_UNREACHABLE'}});
    expect(await readdir(test.folder)).toEqual(['iotctl']);
    expect(await runCommand(AuditExport)).toMatchObject({exitCode: 3});
  });
});
