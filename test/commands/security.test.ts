import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import BanAdd from '../../src/commands/ban/add.js';
import BanList from '../../src/commands/ban/list.js';
import BanRemove from '../../src/commands/ban/remove.js';
import CaAdd from '../../src/commands/ca/add.js';
import CaCrl from '../../src/commands/ca/crl.js';
import CaList from '../../src/commands/ca/list.js';
import CaRemove from '../../src/commands/ca/remove.js';
import CaVerify from '../../src/commands/ca/verify.js';
import {commandTest} from '../support/command-test.js';
import {CERTIFICATE} from '../support/fake-credentials.js';
import {REVOCATION_LIST} from '../support/fake-security.js';
import {runCommand} from '../support/run-command.js';
import {withStdin} from '../support/with-stdin.js';

const test = commandTest();

describe('ban', () => {
  it.each([
    [['192.0.2.7', '--for', '1h'], {address: '192.0.2.7', durationMs: 3_600_000}],
    [['--device', 'lamp-1'], {device: 'lamp-1'}],
    [['192.0.2.0/24', '--device', 'lamp-1'], {address: '192.0.2.0/24', device: 'lamp-1'}],
  ])('adds %j', async (argv, wanted) => {
    expect(await runCommand(BanAdd, ...argv, '--reason', 'guesses')).toMatchObject({exitCode: 0});
    expect(test.platform.requests[0]!.body).toEqual({...wanted, reason: 'guesses'});
  });

  it('lists until when, and removes', async () => {
    await runCommand(BanAdd, '192.0.2.7', '--for', '1h', '--reason', 'guesses');
    await runCommand(BanAdd, '--device', 'lamp-1', '--reason', 'stolen');
    const {stdout} = await runCommand(BanList, '-o', 'csv');
    expect(stdout.split('\r\n').slice(1, 3)).toEqual([
      'ban-1,192.0.2.7,,default,guesses,false,2026-01-31T12:00:00.000Z,2026-01-31T13:00:00.000Z',
      'ban-2,,lamp-1,default,stolen,false,2026-01-31T12:00:00.000Z,never',
    ]);
    expect((await runCommand(BanRemove, 'ban-1', '-q')).stdout).toBe('ban-1\n');
    expect(await runCommand(BanRemove, 'ban-1')).toMatchObject({
      exitCode: 4,
      error: {code: 'IOT_BAN_UNKNOWN'},
    });
  });

  it.each([
    [['--reason', 'x'], 'nobody to keep out'],
    [['192.0.2.7'], 'reason'],
    [['192.0.2.7', '--reason', 'x', '--for', 'ever'], 'not a duration'],
  ])('refuses to add %j', async (argv, message) => {
    const {stderr, exitCode} = await runCommand(BanAdd, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });
});

describe('ca', () => {
  const file = async (text: string): Promise<string> => {
    const path = join(test.folder, 'ca.pem');
    await writeFile(path, text);
    return path;
  };

  it('adds an authority, says how to prove it, and then counts it', async () => {
    const path = await file(CERTIFICATE);
    const added = await runCommand(CaAdd, path, '-o', 'json');
    expect(JSON.parse(added.stdout)).toMatchObject({id: 'ca-1', state: 'pending', code: 'prove-me'});
    expect(added.stderr).toContain('common name prove-me');
    expect(test.platform.requests[0]!.body).toEqual({certificate: CERTIFICATE});
    using _stdin = withStdin(CERTIFICATE);
    const verified = await runCommand(CaVerify, 'ca-1', '-', '-o', 'json');
    expect(JSON.parse(verified.stdout)).toMatchObject({state: 'active', code: null});
    expect((await runCommand(CaList)).stdout).toContain('CN=Fjord');
  });

  it('removes only with --yes where there is nobody to ask', async () => {
    await runCommand(CaAdd, await file(CERTIFICATE));
    expect(await runCommand(CaRemove, 'ca-1')).toMatchObject({exitCode: 2});
    expect(await runCommand(CaRemove, 'ca-1', '--dry-run')).toMatchObject({exitCode: 0});
    expect(test.platform.authorities.size).toBe(1);
    expect(await runCommand(CaRemove, 'ca-1', '--yes')).toMatchObject({exitCode: 0});
    expect(await runCommand(CaRemove, 'ca-1', '--yes')).toMatchObject({exitCode: 4});
  });

  it('prints what is revoked as it came', async () => {
    expect((await runCommand(CaCrl)).stdout).toBe(REVOCATION_LIST);
    expect(JSON.parse((await runCommand(CaCrl, '-o', 'json')).stdout)).toEqual({pem: REVOCATION_LIST});
  });

  it.each([
    [
      `${CERTIFICATE}-----BEGIN EC PRIVATE KEY-----\ncanary\n-----END EC PRIVATE KEY-----\n`,
      'holds a private key',
    ],
    ['-----BEGIN PRIVATE KEY-----\ncanary\n', 'holds a private key'],
    ['canary', 'holds no certificate in PEM'],
    ['', 'holds no certificate in PEM'],
  ])('never sends what is not a certificate: %j', async (text, message) => {
    const path = await file(text);
    for (const run of [await runCommand(CaAdd, path), await runCommand(CaVerify, 'ca-1', path)]) {
      expect(run.stderr).toContain(message);
      expect(run.stderr).not.toContain('canary');
      expect(run.exitCode).toBe(7);
    }
    expect(test.platform.requests).toEqual([]);
  });
});
