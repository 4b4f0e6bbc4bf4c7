import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {createServer} from 'node:net';
import {describe, expect, it} from 'vitest';
import {checkPort} from '../../src/cli/doctor/ports.js';
import Doctor from '../../src/commands/doctor.js';
import {startFakePlatform, TOKEN} from '../support/fake-platform.js';
import {runCommand} from '../support/run-command.js';
import {withContext} from '../support/with-context.js';

interface Diagnosis {
  readonly checks: readonly {name: string; state: string; detail: string}[];
  readonly settings: readonly {name: string; source: string}[];
}

const diagnose = async () => {
  const {stdout, exitCode} = await runCommand(Doctor, '-o', 'json');
  const {checks, settings} = JSON.parse(stdout) as Diagnosis;
  return {exitCode, settings, states: Object.fromEntries(checks.map(check => [check.name, check.state]))};
};

describe('doctor', () => {
  it('finds nothing wrong beside a healthy platform of its own version', async () => {
    await using platform = await startFakePlatform();
    await using _context = await withContext(platform.url, TOKEN);
    const {exitCode, states} = await diagnose();
    expect(states).toMatchObject({
      iotctl: 'ok',
      node: 'ok',
      packages: 'ok',
      context: 'ok',
      'platform version': 'ok',
      platform: 'ok',
    });
    expect(exitCode).toBe(0);
  });

  it('ends with exit code 9 when the platform is of another version, degraded, or gone', async () => {
    await using platform = await startFakePlatform();
    await using _context = await withContext(platform.url, TOKEN);
    platform.status = {
      ...platform.status,
      version: '9.9.9',
      state: 'degraded',
      problems: ['the disk is full'],
    };
    expect(await diagnose()).toMatchObject({
      exitCode: 9,
      states: {'platform version': 'failed', platform: 'failed'},
    });
    await platform[Symbol.asyncDispose]();
    expect(await diagnose()).toMatchObject({exitCode: 9, states: {platform: 'failed'}});
  });

  it('takes it as no fault that there is no platform yet', async () => {
    await using _context = await withContext(undefined, TOKEN);
    expect(await diagnose()).toMatchObject({exitCode: 0, states: {platform: 'warning'}});
  });

  it('tells where a setting came from, and hides a secret', async () => {
    await using _context = await withContext(undefined, TOKEN);
    process.env.IOTCTL_SECRET = 'very-secret';
    const {settings} = await diagnose();
    expect(settings).toContainEqual({name: 'IOTCTL_SECRET', value: '(hidden)', source: 'environment'});
  });
});

it('names who holds a port', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  expect(await checkPort('mqtt', port, undefined)).toMatchObject({
    state: 'warning',
    detail: expect.stringContaining(
      process.platform === 'linux' ? `(process ${process.pid})` : 'held by',
    ) as string,
  });
  if (process.platform === 'linux') {
    expect(await checkPort('mqtt', port, process.pid)).toMatchObject({state: 'ok'});
  }
  server.close();
  await once(server, 'close');
  expect(await checkPort('mqtt', port, undefined)).toMatchObject({state: 'ok', detail: 'free'});
});
