/** The prompt of `iotctl query`, with a terminal's keys and without a terminal. */
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {captureOutput} from '@oclif/test';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {complete} from '../../src/cli/query/completion.js';
import {readHistory, writeHistory} from '../../src/cli/query/history.js';
import {QueryPrompt} from '../../src/cli/query/prompt.js';
import {ApiClient} from '../../src/client/api-client.js';
import type {SavedQuery} from '../../src/client/saved-queries.js';
import {QUERY_TABLES} from '../../src/domain/query-schema.js';
import {within} from '../support/deadline.js';
import {FRESH, startFakePlatform, TOKEN} from '../support/fake-platform.js';
import {withContext} from '../support/with-context.js';

let platform: Awaited<ReturnType<typeof startFakePlatform>>;
let context: Awaited<ReturnType<typeof withContext>>;

beforeEach(async () => {
  platform = await startFakePlatform();
  context = await withContext(platform.url, TOKEN);
  platform.result = {
    columns: [{name: 'n', type: 'BIGINT'}],
    rows: [[7]],
    truncated: false,
    elapsedMs: 1,
    freshness: FRESH,
  };
});

afterEach(async () => {
  await context[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

const HOT: SavedQuery = {name: 'hot', description: 'warm ones', sql: 'SELECT $limit, ?', params: {limit: 30}};

const promptOn = (input: PassThrough, output: PassThrough, terminal: boolean): QueryPrompt =>
  new QueryPrompt({
    api: new ApiClient({url: platform.url, token: TOKEN}),
    tables: QUERY_TABLES,
    queries: new Map([['hot', HOT]]),
    asked: {},
    format: 'table',
    look: async () => ({widthMax: undefined, paint: (_tone, text) => text, nowMs: 0}),
    input,
    output,
    terminal,
  });

async function typed(text: string): Promise<string> {
  const input = new PassThrough();
  input.end(text);
  const {stdout} = await captureOutput(() => promptOn(input, new PassThrough(), false).run());
  return stdout;
}

describe('the prompt', () => {
  it('asks a statement of several lines when it ends with ;', async () => {
    expect(await typed('SELECT\n  7 AS n;\n')).toBe('n\n7\n');
    expect(platform.asked).toEqual({sql: 'SELECT\n  7 AS n'});
    platform.asked = undefined;
    await typed(';\n\n;\nSELECT 1\n');
    expect(platform.asked).toBeUndefined();
  });

  it('asks saved queries, and prints as it is told', async () => {
    expect(await typed('.output ndjson\nhot x;\n.quit\nSELECT 2;\n')).toBe('{"n":7}\n');
    expect(platform.asked).toEqual({sql: HOT.sql, parameters: {limit: 30, 1: 'x'}});
  });

  it('tells what there is', async () => {
    expect(await typed('.tables\n')).toMatch(/^readings +one row for each value/m);
    expect(await typed('.schema devices\n')).toMatch(/^labels +MAP\(VARCHAR, VARCHAR\)/m);
    expect(await typed('.queries\n')).toMatch(/^hot +warm ones/m);
    expect(await typed('.what\n')).toMatch(/^\.quit +leave/m);
  });

  it('ends what runs on Ctrl-C, goes on, and ends on Ctrl-D', async () => {
    const asked = platform.nextQuery();
    const input = new PassThrough();
    const {stderr} = await captureOutput(async () => {
      const running = promptOn(input, new PassThrough(), true).run();
      input.write('SELECT 1;\r');
      await within(asked, 'the question');
      input.write('\u0003');
      input.write('.timer off\r');
      input.write('\u0004');
      await within(running, 'the prompt to end');
    });
    expect(stderr).toContain('Cancelled.');
  });
});

it('keeps what was typed for its user only', async () => {
  await writeHistory(['SELECT 2;', 'SELECT 1;']);
  expect(await readHistory()).toEqual(['SELECT 2;', 'SELECT 1;']);
  const file = join(process.env.XDG_STATE_HOME!, 'iotctl', 'query-history');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it.each([
  ['SELECT * FROM rea', 'readings'],
  ['sel', 'SELECT'],
  ['SELECT devices.lab', 'devices.labels'],
  ['SELECT recor', 'recorded_time'],
  ['ho', 'hot'],
  ['.ta', '.tables'],
])('completes %s', (line, expected) => {
  expect(complete(line, {tables: QUERY_TABLES, queries: ['hot']})[0]).toContain(expected);
});
