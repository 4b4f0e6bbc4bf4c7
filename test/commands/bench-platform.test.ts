/** What load tests refuse where the context is a platform, before anything is made. */
import {expect, it} from 'vitest';
import BenchE2e from '../../src/commands/bench/e2e.js';
import BenchPub from '../../src/commands/bench/pub.js';
import BenchSub from '../../src/commands/bench/sub.js';
import {commandTest} from '../support/command-test.js';
import {runCommand} from '../support/run-command.js';

commandTest();

it('says what to type where nobody may publish or read', async () => {
  const pub = await runCommand(BenchPub, '--topic', 'bench/{i}');
  expect(pub.exitCode).toBe(2);
  expect(pub.stderr).toContain("Type --topic 't/default/x/bench/{i}'");
  const sub = await runCommand(BenchSub, '--filter', 'bench/#');
  expect(sub.stderr).toContain("Type --filter 't/default/x/bench/#'");
  const stamps = await runCommand(BenchE2e, '--payload', '{"value":1}');
  expect(stamps.stderr).toContain('write {stamp} into --payload');
});
