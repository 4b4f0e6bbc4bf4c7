import {readFile} from 'node:fs/promises';
import {expect, it} from 'vitest';
import {iotctl} from '../support/built-bin.js';

it('answers --version without loading any command', async () => {
  const {version} = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const {stdout, exitCode} = await iotctl(['--version']);
  expect(stdout).toMatch(new RegExp(`^iotctl/${version} `));
  expect(exitCode).toBe(0);
});

it.each([
  ['an unknown command', ['frobnicate']],
  ['an unknown flag', ['pub', 'x', '-m', '1', '--nonsense']],
  ['a wrong value', ['pub', 'x', '-m', '1', '--qos', '3']],
  ['a missing argument', ['pub']],
  ['a wrong duration', ['sub', 'x', '--wait', 'soon']],
])('ends with exit code 2 on %s, as text and as JSON', async (_name, argv) => {
  const text = await iotctl(argv);
  expect(text).toMatchObject({exitCode: 2, stdout: ''});
  expect(text.stderr).toMatch(/^Error: .+\n[\s\S]*Code: IOT_\w+\nTry this: .+\n$/);
  const json = await iotctl([...argv, '-o', 'json']);
  const {error} = JSON.parse(String(json.stderr)) as {error: {exitCode: number}};
  expect(json).toMatchObject({exitCode: 2, stdout: ''});
  expect(error.exitCode).toBe(2);
});

it('says nothing more when the reader of its help has gone', async () => {
  const child = iotctl(['--help']);
  child.stdout!.destroy();
  expect(await child).toMatchObject({exitCode: 0, stderr: ''});
});
