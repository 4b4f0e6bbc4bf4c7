/** What is asked at a terminal: the built binary, in a terminal of its own (script(1) of util-linux). */
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, it} from 'vitest';
import {until, within} from '../support/deadline.js';
import {deviceOf, startFakePlatform, TOKEN} from '../support/fake-platform.js';
import {certificateMaker, startTlsProxy} from '../support/openssl-certificates.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const BIN = new URL('../../bin/run.js', import.meta.url).pathname;

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Types an answer whenever its question has appeared; what the terminal showed, and what went to stdout alone. */
async function atTerminal(home: string, argv: readonly string[], answers: readonly [string, string][]) {
  const stdoutFile = join(home, 'stdout');
  const line = `${[process.execPath, BIN, ...argv].map(quoted).join(' ')} > ${quoted(stdoutFile)}; echo "exit $?"; stty -a`;
  const child = execa('script', ['--quiet', '--command', line, '/dev/null'], {
    env: {
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_STATE_HOME: join(home, 'state'),
      NO_COLOR: '1',
      SHELL: '/bin/sh',
    },
    reject: false,
    timeout: 30_000,
  });
  let shown = '';
  child.stdout.on('data', (piece: Buffer) => {
    shown += piece.toString();
  });
  for (const [question, answer] of answers) {
    await until(() => shown.includes(question), `${question} in ${JSON.stringify(shown)}`);
    child.stdin.write(answer);
  }
  await within(Promise.resolve(child), 'the end', 30_000);
  return {
    shown,
    stdout: existsSync(stdoutFile) ? await readFile(stdoutFile, 'utf8') : '',
    exitCode: Number(/exit (\d+)/.exec(shown)?.[1]),
    config: await readFile(join(home, 'config', 'iotctl', 'config.yaml'), 'utf8').catch(() => ''),
  };
}

describe.skipIf(process.platform !== 'linux')('a command at a terminal', () => {
  it('asks for a token, and shows it nowhere', async () => {
    await using home = await temporaryFolder();
    await using platform = await startFakePlatform();
    const run = await atTerminal(
      home.path,
      ['context', 'add', platform.url, '--name', 'lab', '-o', 'json'],
      [['Token for', `${TOKEN}\r`]],
    );
    expect(run.exitCode).toBe(0);
    expect(run.config).toContain(TOKEN);
    expect(run.shown).not.toContain(TOKEN);
    expect(JSON.parse(run.stdout)).toMatchObject({name: 'lab', tokenSource: 'stored'});
  });

  it('leaves the terminal as it was when it is interrupted', async () => {
    await using home = await temporaryFolder();
    const argv = ['context', 'add', 'http://127.0.0.1:1', '--name', 'lab', '--no-verify'];
    const run = await atTerminal(home.path, argv, [['Token for', 'half-a-tok\u0003']]);
    expect(run.exitCode).toBe(130);
    expect(run.config).toBe('');
    expect(run.shown).not.toContain('half-a-tok');
    expect(run.shown).toMatch(/[^-]icanon/);
    expect(run.shown).toMatch(/[^-]\becho\b/);
  });

  it('shows the fingerprint of an unknown CA, and trusts it once it is confirmed', async () => {
    await using home = await temporaryFolder();
    await using platform = await startFakePlatform();
    await using maker = await certificateMaker();
    const ca = await maker.make({name: 'Test CA', isCa: true});
    const leaf = await maker.make({name: 'server', issuer: ca});
    const certificate = {key: leaf.key, cert: leaf.cert + ca.cert};
    await using proxy = await startTlsProxy(Number(new URL(platform.url).port), certificate);
    const add = ['context', 'add', `https://127.0.0.1:${proxy.port}`, '--name', 'lab'];

    const refused = await atTerminal(home.path, add, [['[y/N]', 'n\r']]);
    expect(refused.exitCode).toBe(6);
    expect(refused.shown).toContain(ca.fingerprint);
    expect(refused.config).toBe('');
    expect(proxy.served()).toBe(0);

    const trusted = await atTerminal(home.path, add, [
      ['[y/N]', 'y\r'],
      ['Token for', `${TOKEN}\r`],
    ]);
    expect(trusted.exitCode).toBe(0);
    expect(trusted.config).toContain(ca.fingerprint);
  });

  it('has the name of a protected context typed, and takes it for a yes', async () => {
    await using home = await temporaryFolder();
    await using platform = await startFakePlatform();
    platform.devices.set('lamp-1', deviceOf('lamp-1'));
    const add = ['context', 'add', platform.url, '--name', 'prod', '--protected'];
    await atTerminal(home.path, add, [['Token for', `${TOKEN}\r`]]);
    const remove = ['device', 'delete', 'lamp-1', '--force'];
    expect(await atTerminal(home.path, remove, [['Type its name', 'yes\r']])).toMatchObject({exitCode: 6});
    expect(platform.devices.size).toBe(1);
    expect(await atTerminal(home.path, remove, [['Type its name', 'prod\r']])).toMatchObject({exitCode: 0});
    expect(platform.devices.size).toBe(0);
  });
});
