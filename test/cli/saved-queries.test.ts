import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {statementOf} from '../../src/cli/query/statement.js';
import {argvOfFiles} from '../../src/cli/settings.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const before = process.cwd();
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  process.chdir(folder.path);
});

afterEach(async () => {
  process.chdir(before);
  await folder[Symbol.asyncDispose]();
});

const project = (text: string): Promise<void> => writeFile(join(folder.path, 'iotctl.yaml'), text);
const ask = (...words: string[]) => statementOf(words, {file: undefined, named: ['a=2']});

it('takes a query by its name, with its own values where no others are given', async () => {
  await project(
    'output: csv\nqueries:\n  hot:\n    sql: SELECT $a, $b, ?\n    params: {a: 1, b: x}\n  all: FROM events\n',
  );
  expect(await ask('hot', '7')).toEqual({sql: 'SELECT $a, $b, ?', parameters: {1: 7, a: 2, b: 'x'}});
  expect(await ask('all')).toEqual({sql: 'FROM events', parameters: {a: 2}});
  expect(await ask('SELECT 1')).toMatchObject({sql: 'SELECT 1'});
  await expect(ask('cold')).rejects.toMatchObject({
    code: 'IOT_USAGE',
    message: expect.stringContaining('hot, all'),
  });
  expect(await argvOfFiles(['output'])).toContain('--output=csv');
});

it('takes a word for a statement where nothing is saved', async () => {
  expect(await ask('hot')).toMatchObject({sql: 'hot'});
  expect(await ask()).toBeUndefined();
});

it.each([
  ['queries: [1]', /not a map/],
  ['queries: {"a b": x}', /not a name/],
  ['queries: {hot: {}}', /has no sql/],
  ['queries: {hot: {sql: x, limit: 3}}', /no key limit/],
  ['queries: {hot: {sql: x, params: {a: [1]}}}', /plain values/],
  ['queries: {hot: {sql: x, description: 1}}', /not a text/],
])('says what is wrong in %s', async (text, message) => {
  await project(text);
  await expect(ask('hot')).rejects.toMatchObject({
    code: 'IOT_INPUT_INVALID',
    message: expect.stringMatching(message) as string,
  });
});
