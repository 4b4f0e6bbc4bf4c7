/** What load tests refuse where the context is a platform, before anything is made. */
import {afterEach, expect, it, vi} from 'vitest';
import BenchCmd from '../../src/commands/bench/cmd.js';
import BenchE2e from '../../src/commands/bench/e2e.js';
import BenchPreset from '../../src/commands/bench/preset.js';
import BenchPub from '../../src/commands/bench/pub.js';
import BenchSub from '../../src/commands/bench/sub.js';
import {commandTest} from '../support/command-test.js';
import {runCommand} from '../support/run-command.js';

commandTest();
afterEach(() => vi.unstubAllEnvs());

it('takes the platform from the environment, and not the login of one device', async () => {
  for (const [name, value] of Object.entries({
    URL: 'http://127.0.0.1:1',
    TOKEN: 'none',
    MQTT_URL: 'mqtt://127.0.0.1:1',
  }))
    vi.stubEnv(`IOTCTL_${name}`, value);
  vi.stubEnv('IOTCTL_USERNAME', 'pump-8@default');
  vi.stubEnv('IOTCTL_THRESHOLD', 'lost==0');
  // Whoever logs in would have been made there.
  const {error} = await runCommand(BenchE2e);
  expect(error).toMatchObject({code: 'IOT_PLATFORM_UNREACHABLE'});
  vi.stubEnv('IOTCTL_MQTT_URL', '');
  const without = await runCommand(BenchE2e);
  expect(without.stderr).toContain('IOTCTL_MQTT_URL');
});

it('says what to type where nobody may publish or read', async () => {
  const pub = await runCommand(BenchPub, '--topic', 'bench/{i}');
  expect(pub.exitCode).toBe(2);
  expect(pub.stderr).toContain("Type --topic 't/default/x/bench/{i}'");
  const sub = await runCommand(BenchSub, '--filter', 'bench/#');
  expect(sub.stderr).toContain("Type --filter 't/default/x/bench/#'");
  const shared = await runCommand(BenchPreset, 'sharedsub-1K-5-1K-1K');
  expect(shared.stderr).toContain('a platform has no shared subscriptions');
  const stamps = await runCommand(BenchE2e, '--payload', '{"value":1}');
  expect(stamps.stderr).toContain('write {stamp} into --payload');
});

it.each([
  [['--topic', 'a/{i}'], '--topic is for commands over topics'],
  [['--command', 'a b'], 'no name of a command'],
  [['--data', '{'], '--data is not JSON'],
  [['--url', 'mqtt://127.0.0.1:1', '--data', '1'], '--data is for commands of a platform'],
  [['--url', 'mqtt://127.0.0.1:1', '--topic', 'a'], 'write {i} or {client} into it'],
  [['--url', 'mqtt://127.0.0.1:1', '--payload', '8'], 'expected a size of 16 bytes or more'],
])('refuses commands with %j', async (argv, why) => {
  const {stderr, exitCode} = await runCommand(BenchCmd, ...argv);
  expect(stderr).toContain(why);
  expect(exitCode).toBe(2);
});
