/** Answers that are read piece by piece. */
import {existsSync} from 'node:fs';
import {readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import {describe, expect, it} from 'vitest';
import type {StreamRequest} from '../../src/store/result-stream.js';
import {eventOf, startStore} from '../support/start-store.js';
import {temporaryFolder} from '../support/temporary-folder.js';

type World = Awaited<ReturnType<typeof startStore>>;

const request = (sql: string, more: Partial<StreamRequest> = {}): StreamRequest => ({
  sql,
  timeoutMs: 20_000,
  format: 'csv',
  ...more,
});

const open = async (world: World, sql: string, more: Partial<StreamRequest> = {}, cancel?: AbortSignal) =>
  (await world.store.stream('default', request(sql, more), cancel)).stream;

async function textOf(world: World, sql: string, more: Partial<StreamRequest> = {}): Promise<string> {
  const stream = await open(world, sql, more);
  let text = '';
  for (let piece = await stream.next(); piece; piece = await stream.next())
    text += Buffer.from(piece).toString();
  return text;
}

const ENDLESS = 'SELECT a.range FROM range(1000000) a, range(1000000) b';

describe('a stream', () => {
  it('is the whole result as CSV, with names that differ', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 1.5}));
    const sql = `SELECT device, value, NULL AS nothing, {'k': 'a,b'} AS struct, 'x"y' AS device FROM readings`;
    expect(await textOf(world, sql)).toBe(
      'device,value,nothing,struct,device_2\r\nlamp-1,1.5,,"{""k"":""a,b""}","x""y"\r\n',
    );
    expect(await textOf(world, 'SELECT 1 AS a WHERE false')).toBe('a\r\n');
  });

  it('is the whole result as NDJSON, row by row what a query in memory gives', async () => {
    await using world = await startStore();
    const sql = `SELECT range AS "a b", 9007199254740993 + range AS large, to_timestamp(range) AS t, [range] AS list FROM range(20000)`;
    const {columns, rows} = await world.store.query('default', {sql, timeoutMs: 20_000});
    const expected = rows.map(row => Object.fromEntries(columns.map(({name}, index) => [name, row[index]])));
    const lines = (await textOf(world, sql, {format: 'ndjson'})).trimEnd().split('\n');
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual(expected);
    expect(await textOf(world, 'SELECT 1 WHERE false', {format: 'ndjson'})).toBe('');
  });

  it('ends after as many rows as were asked for, and says that there were more', async () => {
    await using world = await startStore();
    const count = async (maxRows: number) => {
      const stream = await open(world, 'FROM range(5000)', {maxRows});
      while (await stream.next());
      return stream.counts;
    };
    expect(await count(4999)).toEqual({rows: 4999, truncated: true});
    expect(await count(5000)).toEqual({rows: 5000, truncated: false});
  });

  it.each([
    ['SELEC 1', 'IOT_QUERY_INVALID'],
    ['DROP TABLE events', 'IOT_QUERY_REFUSED'],
    ['SELECT $x', 'IOT_QUERY_INVALID'],
  ])('fails with its first piece: %s', async (sql, code) => {
    await using world = await startStore();
    await expect((await open(world, sql)).next()).rejects.toMatchObject({code});
  });

  it('fails half-way where a row does', async () => {
    await using world = await startStore();
    const stream = await open(
      world,
      `SELECT CASE WHEN range = 900000 THEN error('there') ELSE range END FROM range(1000000)`,
    );
    expect(await stream.next()).toBeInstanceOf(Uint8Array);
    const rest = async (): Promise<void> => {
      while (await stream.next());
    };
    await expect(rest()).rejects.toMatchObject({
      code: 'IOT_QUERY_INVALID',
      message: expect.stringContaining('there'),
    });
  });

  it('computes no further than it is read, and holds no slot meanwhile', async () => {
    await using world = await startStore();
    const streams = await Promise.all(Array.from({length: 8}, () => open(world, ENDLESS)));
    for (const stream of streams) expect((await stream.next())?.length).toBeGreaterThan(10_000);
    expect(await world.rows('SELECT 1')).toEqual([[1]]);
    await world.put(eventOf({a: 1}));
    expect(await world.rows('SELECT count(*) FROM events')).toEqual([[1]]);
    expect(streams.every(({counts}) => counts.rows < 50_000)).toBe(true);
  });

  it('sees the rows of the moment when it began', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}));
    const stream = await open(world, `SELECT e.device FROM range(100000) LEFT JOIN events e ON true`);
    await stream.next();
    await world.put(eventOf({a: 2}));
    while (await stream.next());
    expect(stream.counts.rows).toBe(100_000);
  });

  it('may work so long, the time of its reader not counted', async () => {
    await using world = await startStore();
    const stream = await open(world, `FROM range(40000) UNION ALL SELECT sleep_ms(60000)`, {timeoutMs: 400});
    const read = async (): Promise<void> => {
      while (await stream.next());
    };
    await expect(read()).rejects.toMatchObject({
      code: 'IOT_QUERY_TIMEOUT',
      message: expect.stringContaining('400 ms'),
    });
    await expect(stream.next()).rejects.toThrow();
  });

  it('is cancelled while it works, and while nobody reads it', async () => {
    await using world = await startStore();
    const cancel = new AbortController();
    const working = await open(world, 'SELECT sleep_ms(60000)', {}, cancel.signal);
    const idle = await open(world, ENDLESS, {}, cancel.signal);
    await idle.next();
    const next = working.next();
    cancel.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    await expect(idle.next()).rejects.toThrow('enough');
    expect(await world.rows('SELECT 1')).toEqual([[1]]);
  });

  it('is one of 16 at most, and makes room when it is closed', async () => {
    await using world = await startStore();
    const streams = await Promise.all(Array.from({length: 16}, () => open(world, ENDLESS)));
    await expect(open(world, 'SELECT 1')).rejects.toMatchObject({code: 'IOT_PART_UNAVAILABLE'});
    await Promise.all(streams.map(stream => stream.close()));
    expect(await textOf(world, 'SELECT 1 AS a')).toBe('a\r\n1\r\n');
  });

  it('does not keep a file open that is taken away, nor a store that is closed', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}, {tenant: 'acme'}));
    const {stream} = await world.store.stream('acme', request(ENDLESS));
    await stream.next();
    const own = await open(world, ENDLESS);
    await own.next();
    await world.store.erase('acme');
    await expect(stream.next()).rejects.toMatchObject({code: 'IOT_PART_UNAVAILABLE'});
    await world.restart();
    expect(await world.rows('SELECT 1')).toEqual([[1]]);
  });
});

describe('a Parquet file', () => {
  const bytesOf = async (world: World, sql: string, more: Partial<StreamRequest> = {}): Promise<Buffer> => {
    const stream = await open(world, sql, {format: 'parquet', ...more});
    const pieces: Uint8Array[] = [];
    for (let piece = await stream.next(); piece; piece = await stream.next()) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const drafts = async (world: World): Promise<string[]> =>
    (await readdir(world.folder, {recursive: true})).filter(name => name.endsWith('.parquet'));

  it('has the rows with their types, and leaves nothing behind', async () => {
    await using world = await startStore();
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.parquet');
    const sql = `SELECT range AS n, to_timestamp(range) AS t, 'x' || range AS s FROM range(200000) WHERE range >= $min -- all;`;
    await writeFile(path, await bytesOf(world, sql, {parameters: {min: 5}}));
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const reader = await connection.runAndReadAll(
      `SELECT count(*), min(n), max(s), any_value(typeof(t)) FROM '${path}'`,
    );
    expect(reader.getRows()).toEqual([[199_995n, 5n, 'x99999', 'TIMESTAMP WITH TIME ZONE']]);
    expect(await drafts(world)).toEqual([]);
    await writeFile(path, await bytesOf(world, 'FROM range(10);', {maxRows: 3}));
    expect((await connection.runAndReadAll(`SELECT count(*) FROM '${path}'`)).getRows()).toEqual([[3n]]);
  });

  it('is no way round the guard, and goes when it is not wanted any more', async () => {
    await using world = await startStore();
    for (const sql of [
      "COPY (SELECT 1) TO '/tmp/iotctl-escape.parquet'",
      "SELECT 1) TO '/tmp/iotctl-escape.parquet' (FORMAT csv) --",
      "SELECT 1) TO '/tmp/iotctl-escape.parquet'; --",
      "FROM read_text('/etc/hostname')",
    ])
      await expect(bytesOf(world, sql)).rejects.toMatchObject({code: expect.stringMatching(/^IOT_QUERY_/)});
    expect(existsSync('/tmp/iotctl-escape.parquet')).toBe(false);
    await expect(bytesOf(world, ENDLESS, {timeoutMs: 300})).rejects.toMatchObject({
      code: 'IOT_QUERY_TIMEOUT',
    });
    const stream = await open(world, 'FROM range(300000)', {format: 'parquet'});
    await stream.next();
    await stream.close();
    expect(await drafts(world)).toEqual([]);
  });
});

describe('parameters', () => {
  const ask = async (world: World, sql: string, parameters: StreamRequest['parameters']) =>
    (await world.store.query('default', {sql, timeoutMs: 20_000, parameters: parameters!})).rows;

  it('have names or numbers, and become what they are compared with', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}), eventOf({a: 2}, {device: '007', recordedMs: Date.UTC(2026, 5, 1)}));
    const device = 'SELECT value FROM readings WHERE device = $d';
    expect(await ask(world, device, {d: '007'})).toEqual([[2]]);
    expect(await ask(world, device, {d: 7})).toEqual([]);
    expect(
      await ask(world, 'SELECT value FROM readings WHERE time < $t', {t: '2026-02-01T00:00:00Z'}),
    ).toEqual([[1]]);
    expect(await ask(world, 'SELECT ? + 1, $2, $3', {1: 2, 2: 'x', 3: null})).toEqual([[3, 'x', null]]);
    expect(await ask(world, 'SELECT $x, $x', {x: true})).toEqual([[true, true]]);
    expect(await ask(world, 'SELECT $x', {x: 5_000_000_000})).toEqual([[5_000_000_000]]);
    const hostile = `'; DROP TABLE events; --`;
    expect(await ask(world, device, {d: hostile})).toEqual([]);
    expect(await ask(world, 'SELECT $x', {x: hostile})).toEqual([[hostile]]);
  });

  it.each([
    ['SELECT $x', {}, /no value for the parameter \$x/],
    ['SELECT 1', {x: 1}, /no parameter \$x/],
    ['SELECT value FROM readings WHERE value > $x', {x: 'warm'}, /convert/],
  ])('are all given, and no others: %s', async (sql, parameters, message) => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}));
    await expect(ask(world, sql, parameters)).rejects.toMatchObject({
      code: 'IOT_QUERY_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });

  it('are no way round the guard', async () => {
    await using world = await startStore();
    for (const sql of [
      'SELECT * FROM read_text($x)',
      "SELECT json_extract('{}', $x)",
      'SELECT * FROM query($x)',
      'SELECT * FROM query_table($x)',
    ])
      await expect(ask(world, sql, {x: '/etc/hostname'})).rejects.toMatchObject({code: 'IOT_QUERY_REFUSED'});
  });
});

describe('an answer', () => {
  it('says how far it is complete, and how old the last event is', async () => {
    await using world = await startStore();
    const ask = async (more: object = {}) =>
      (await world.store.query('default', {sql: 'SELECT 1', timeoutMs: 20_000, ...more})).freshness;
    expect(await ask()).toEqual({completeTo: 0, lag: 0, lastEventAt: null});
    await world.put(eventOf({a: 1}), eventOf({a: 2}));
    const fresh = {completeTo: 2, lag: 0, lastEventAt: '2026-01-31T12:00:00.000Z'};
    expect(await ask()).toEqual(fresh);
    expect(await ask({devices: ['lamp-1']})).toEqual({...fresh, lastEventAt: null});
    await world.restart();
    expect(await ask()).toEqual(fresh);
  });

  it('has everything that was in the stream, where that is asked for', async () => {
    await using world = await startStore();
    const sql = 'SELECT count(*) FROM events';
    world.stream.append(...Array.from({length: 5000}, (_, index) => eventOf({a: index})));
    const {rows, freshness} = await world.store.query('default', {sql, timeoutMs: 20_000, consistent: true});
    expect(rows).toEqual([[5000]]);
    expect(freshness).toMatchObject({completeTo: 5000, lag: 0});
  });
});
