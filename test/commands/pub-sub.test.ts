import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import type {AddressInfo} from 'node:net';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import Pub from '../../src/commands/pub.js';
import Sub from '../../src/commands/sub.js';
import {freePort, mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {runCommand} from '../support/run-command.js';
import {temporaryFolder} from '../support/temporary-folder.js';

describe('pub and sub without a broker', () => {
  it.each([
    ['pub', Pub, ['x', '-m', '1']],
    ['sub', Sub, ['x']],
  ] as const)('%s fails with exit code 3 where nobody listens', async (_name, command, argv) => {
    const {exitCode, error} = await runCommand(
      command,
      ...argv,
      '--url',
      `mqtt://127.0.0.1:${await freePort()}`,
    );
    expect(error).toMatchObject({code: 'IOT_BROKER_UNREACHABLE'});
    expect(exitCode).toBe(3);
  });

  it.each(['http://127.0.0.1', '127.0.0.1:1883', 'mqtt://'])(
    'refuses %s as the URL of a broker',
    async url => {
      const {exitCode, error} = await runCommand(Pub, 'x', '-m', '1', '--url', url);
      expect(error).toMatchObject({code: 'IOT_USAGE'});
      expect(exitCode).toBe(2);
    },
  );

  it('needs exactly one source of payloads', async () => {
    const {exitCode, stderr} = await runCommand(Pub, 'x', '-m', '1', '-l');
    expect(stderr).toContain('Code: IOT_USAGE');
    expect(exitCode).toBe(2);
  });

  it('refuses to publish to a topic filter', async () => {
    expect(await runCommand(Pub, 'x/#', '-m', '1')).toMatchObject({exitCode: 2});
  });

  it.each([
    [
      'a version that the broker refuses, then its refusal of the older one',
      [0x20, 2, 0, 1],
      'IOT_MQTT_REFUSED',
      6,
    ],
    ['a socket that closes without an answer', [], 'IOT_BROKER_UNREACHABLE', 3],
  ])('reports %s', async (_name, answer, code, exitCode) => {
    const server = createServer(socket => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.from(answer)));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo;
    const result = await runCommand(Pub, 'x', '-m', '1', '--url', `mqtt://127.0.0.1:${port}`);
    server.close();
    expect(result).toMatchObject({exitCode, error: {code}});
  });
});

describe.skipIf(!mosquittoInstalled())('pub and sub with mosquitto', () => {
  it.each(['4', '5'])('carries a message and what is kept, with MQTT version %s', async version => {
    await using broker = await startMosquitto();
    const at = ['--url', broker.url, '--protocol-version', version];
    const published = await runCommand(
      Pub,
      'site/door',
      '-m',
      'zu ü',
      '-r',
      '--qos',
      '1',
      '-o',
      'json',
      ...at,
    );
    expect(published.exitCode).toBe(0);
    expect(JSON.parse(published.stdout)).toMatchObject({published: 1, acknowledged: 1, notAcknowledged: 0});

    const {stdout} = await runCommand(Sub, 'other', 'site/+', '-C', '1', '-o', 'ndjson', ...at);
    expect(JSON.parse(stdout)).toMatchObject({topic: 'site/door', payload: 'zu ü', retain: true});
  });

  it('publishes a file byte for byte, and shows bytes that are not text', async () => {
    await using broker = await startMosquitto();
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'image');
    await writeFile(path, Buffer.from([0xff, 0x00, 0xfe]));
    await runCommand(Pub, 'raw', '-f', path, '-r', '--url', broker.url);

    const shown = await runCommand(
      Sub,
      'raw',
      '-C',
      '1',
      '--format',
      '%t=%x q%q r%r %%',
      '--url',
      broker.url,
    );
    expect(shown.stdout).toBe('raw=ff00fe q0 r1 %\n');
    const json = await runCommand(Sub, 'raw', '-C', '1', '-o', 'json', '--url', broker.url);
    expect(JSON.parse(json.stdout)).toMatchObject({payloadBase64: '/wD+'});
  });

  it('names the file that cannot be read', async () => {
    await using broker = await startMosquitto();
    const {error, exitCode} = await runCommand(Pub, 'x', '-f', '/nowhere/x', '--url', broker.url);
    expect(error?.message).toContain('cannot read /nowhere/x');
    expect(exitCode).toBe(7);
  });

  it('ends after --wait, with exit code 8 when fewer than --count came', async () => {
    await using broker = await startMosquitto();
    expect(await runCommand(Sub, 'x', '-W', '50ms', '--url', broker.url)).toMatchObject({exitCode: 0});
    expect(await runCommand(Sub, 'x', '-C', '1', '-W', '50ms', '--url', broker.url)).toMatchObject({
      exitCode: 8,
      error: {code: 'IOT_TIMED_OUT', message: '0 of 1 messages came within 50 ms'},
    });
  });

  it('ends with exit code 6 where anonymous clients are refused', async () => {
    await using folder = await temporaryFolder();
    const passwords = join(folder.path, 'passwords');
    await writeFile(passwords, '', {mode: 0o600});
    await using broker = await startMosquitto(`password_file ${passwords}`, 'allow_anonymous false');
    for (const version of ['4', '5']) {
      const argv = ['--url', broker.url, '--protocol-version', version];
      for (const result of [
        await runCommand(Pub, 'x', '-m', '1', ...argv),
        await runCommand(Sub, 'x', ...argv),
        await runCommand(Sub, 'x', '-u', 'someone', '-P', 'wrong', ...argv),
      ]) {
        expect(result).toMatchObject({exitCode: 6, error: {code: 'IOT_MQTT_REFUSED'}});
      }
    }
  });

  it('ends with exit code 6 where the rights forbid the topic', async () => {
    await using folder = await temporaryFolder();
    const rights = join(folder.path, 'rights');
    await writeFile(rights, 'topic read open/#\n', {mode: 0o600});
    await using broker = await startMosquitto(`acl_file ${rights}`);
    const published = await runCommand(Pub, 'shut', '-m', '1', '--qos', '1', '--url', broker.url);
    expect(published).toMatchObject({exitCode: 6, error: {code: 'IOT_MQTT_REFUSED'}});
    expect(published.stderr).toContain('1 published, 0 acknowledged, 1 not acknowledged');
  });
});
