import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import Tail from '../../src/commands/tail.js';
import {sampleEvent} from '../stream/sample-events.js';
import {runCommand} from '../support/run-command.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

let api: StartedApi;

beforeEach(async () => {
  api = await startTestApi();
  vi.stubEnv('IOTCTL_URL', api.url);
  vi.stubEnv('IOTCTL_TOKEN', api.token);
  for (let index = 0; index < 6; index++) api.events.append(sampleEvent({device: `d-${index % 2}`}));
  api.events.store();
  return () => api[Symbol.asyncDispose]();
});
afterEach(() => vi.unstubAllEnvs());

const read = async (...flags: string[]): Promise<string> =>
  (await runCommand(Tail, '--no-follow', '-q', '--cursor', 'billing', ...flags)).stdout;

it('goes on where it ended, also over what its filter leaves out', async () => {
  expect(await read('--after', '-1', '--where', 'device == "d-0"')).toBe('0\n2\n4\n');
  expect(await read()).toBe('');
  expect(await api.client.cursors.get('billing')).toMatchObject({offset: 5, lag: 0});
  // What its type leaves out is not even looked at.
  api.events.append(sampleEvent({type: 'status'}));
  api.events.store();
  expect(await read('--type', 'telemetry')).toBe('');
  expect(await api.client.cursors.get('billing')).toMatchObject({offset: 6, lag: 0});
  api.events.append(sampleEvent(), sampleEvent());
  expect(await read('--after', '-1')).toBe('7\n8\n');
});

it('begins now where nothing else is said', async () => {
  expect(await read()).toBe('');
  api.events.append(sampleEvent());
  expect(await read()).toBe('6\n');
});

it('stays where it is when what is done with events fails', async () => {
  await api.client.cursors.open({name: 'billing', after: 1});
  for (const flags of [
    ['--exec', '/nowhere/at/all'],
    ['--forward', 'http://127.0.0.1:9', '--retries', '0'],
    ['--forward', 'http://127.0.0.1:9', '--retries', '0', '--allow-private'],
  ])
    expect(await runCommand(Tail, '--no-follow', '--cursor', 'billing', ...flags)).toMatchObject({
      exitCode: flags.length === 4 ? 6 : 1,
    });
  expect((await api.client.cursors.get('billing')).offset).toBe(1);
  expect(await read()).toBe('2\n3\n4\n5\n');
});
