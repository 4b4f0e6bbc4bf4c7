/** What `tail --exec` has started ends with it. */
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {iotctl} from '../support/built-bin.js';
import {until} from '../support/deadline.js';
import {isAlive} from '../support/is-alive.js';
import {startPlatform} from '../support/start-platform.js';

it('a second Ctrl-C ends what runs, which the first one waits for', async () => {
  await using platform = await startPlatform();
  await platform.device('pump-7');
  const pids = join(platform.home, 'pids');
  const command = `sleep 600 & echo $$ $! > ${pids}.new; mv ${pids}.new ${pids}; wait`;
  const argv = ['tail', '--last', '1', '--no-follow', '--shell', '--exec', command];
  const child = iotctl(argv, {env: platform.env, cwd: platform.home});
  await until(() => existsSync(pids), 'the command to be started');
  const started = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  expect(started.map(isAlive)).toEqual([true, true]);
  child.kill('SIGINT');
  await until(() => {
    child.kill('SIGINT');
    return child.exitCode !== null;
  }, 'the tail to end');
  expect((await child).exitCode).toBe(130);
  await until(() => !started.some(isAlive), 'what was started to end');
});
