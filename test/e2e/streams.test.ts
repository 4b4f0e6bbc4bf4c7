import {once} from 'node:events';
import {describe, expect, it} from 'vitest';
import {iotctl} from '../support/built-bin.js';
import {deviceOf, eventOf, startFakePlatform, TOKEN} from '../support/fake-platform.js';

const addressOf = (platform: {url: string}) => ({env: {IOTCTL_URL: platform.url, IOTCTL_TOKEN: TOKEN}});

describe('a stream', () => {
  it('ends quietly with exit code 0 when its reader has had enough', async () => {
    await using platform = await startFakePlatform();
    platform.events.push(...Array.from({length: 5000}, (_, offset) => eventOf(offset)));
    const child = iotctl(['tail', '-n', '5000', '-o', 'ndjson'], addressOf(platform));
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    expect(await child).toMatchObject({exitCode: 0, stderr: ''});
  });

  it('ends with exit code 0 on Ctrl-C, with all that it had', async () => {
    await using platform = await startFakePlatform();
    platform.events.push(eventOf(0));
    const child = iotctl(['tail', '-q'], addressOf(platform));
    await once(child.stdout!, 'data');
    child.kill('SIGINT');
    expect(await child).toMatchObject({exitCode: 0, stdout: '0\n', stderr: ''});
  });
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends any other command with exit code %i', async (signal, exitCode) => {
  await using platform = await startFakePlatform();
  platform.devices.set('lamp-1', deviceOf('lamp-1'));
  const asked = platform.nextQuery();
  const child = iotctl(['query', 'SELECT 1'], addressOf(platform));
  await asked;
  child.kill(signal);
  expect(await child).toMatchObject({exitCode, stdout: '', stderr: ''});
});

it('leaves stdin to the loop of the shell that runs it', async () => {
  await using platform = await startFakePlatform();
  const {stdout} = await iotctl(['device', 'create', '--count', '1', '-q'], {
    ...addressOf(platform),
    input: 'not-an-id-of-this-command\n',
  });
  expect(stdout).toBe('device-1\n');
});

it('reads ids from stdin for -', async () => {
  await using platform = await startFakePlatform();
  const {stdout} = await iotctl(['device', 'create', '-', '-q'], {
    ...addressOf(platform),
    input: 'lamp-1\nlamp-2\n',
  });
  expect(stdout).toBe('lamp-1\nlamp-2\n');
});
