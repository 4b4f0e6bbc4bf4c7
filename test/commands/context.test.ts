import {mkdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import ContextAdd from '../../src/commands/context/add.js';
import ContextList from '../../src/commands/context/list.js';
import ContextRemove from '../../src/commands/context/remove.js';
import ContextShow from '../../src/commands/context/show.js';
import ContextUse from '../../src/commands/context/use.js';
import {runCommand} from '../support/run-command.js';
import {withContext} from '../support/with-context.js';

const SECRET = 'iotctl_pat_very-secret';

it('keeps a context for its owner alone, and never prints its token', async () => {
  await using context = await withContext('http://127.0.0.1:8080', SECRET);
  const path = join(context.folder, 'iotctl', 'config.yaml');
  expect(await readFile(path, 'utf8')).toContain(SECRET);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  for (const command of [ContextList, ContextShow]) {
    for (const format of ['table', 'json', 'csv']) {
      const {stdout, exitCode} = await runCommand(command, '-o', format);
      expect(stdout).toContain('http://127.0.0.1:8080');
      expect(stdout).not.toContain(SECRET);
      expect(exitCode).toBe(0);
    }
  }
});

it('adds, uses and removes', async () => {
  await using _context = await withContext('http://127.0.0.1:8080', SECRET);
  await runCommand(ContextAdd, 'lab', '--url', 'http://127.0.0.1:9090', '--token', 'other');
  expect((await runCommand(ContextShow, '-q')).stdout).toBe('local\n');
  expect((await runCommand(ContextUse, 'lab', '-q')).stdout).toBe('lab\n');
  expect((await runCommand(ContextShow, '-q')).stdout).toBe('lab\n');
  expect((await runCommand(ContextShow, 'local', '-q')).stdout).toBe('local\n');
  await runCommand(ContextRemove, 'lab');
  expect((await runCommand(ContextList, '-q')).stdout).toBe('local\n');
});

it('leaves the settings in the configuration as they are', async () => {
  await using context = await withContext(undefined, SECRET);
  const path = join(context.folder, 'iotctl', 'config.yaml');
  await mkdir(join(context.folder, 'iotctl'));
  await writeFile(path, 'settings:\n  output: ndjson\n');
  await runCommand(ContextAdd, 'lab', '--url', 'http://127.0.0.1:9090', '--token', SECRET);
  const {stdout} = await runCommand(ContextList);
  expect(JSON.parse(stdout)).toMatchObject({name: 'lab'});
});

it.each([
  [ContextUse, ['nowhere'], 4],
  [ContextRemove, ['nowhere'], 4],
  [ContextAdd, ['x', '--url', 'mqtt://127.0.0.1', '--token', 't'], 2],
  [ContextAdd, ['x', '--url', 'http://127.0.0.1'], 2],
] as const)('%s with %j ends with exit code %i', async (command, argv, exitCode) => {
  await using _context = await withContext('http://127.0.0.1:8080', SECRET);
  expect(await runCommand(command, ...argv)).toMatchObject({exitCode});
});
