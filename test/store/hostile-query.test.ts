import {describe, expect, it} from 'vitest';
import {eventOf, startStore} from '../support/start-store.js';

const DEEP = "(repeat('[', 1000000) || repeat(']', 1000000))";

describe('a hostile query', () => {
  it.each([
    [
      'a cross join of ten',
      `WITH r AS (FROM range(100000)) SELECT count(*) FROM ${Array.from({length: 10}, (_, index) => `r r${index}`).join(', ')}`,
    ],
    [
      'an endless recursion',
      'WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t',
    ],
    ['a sleep', 'SELECT sleep_ms(60000)'],
  ])('is stopped when its time is over: %s', async (_, sql) => {
    await using world = await startStore();
    const request = {sql, timeoutMs: 300, maxRows: 10};
    await expect(world.store.query('default', request)).rejects.toMatchObject({code: 'IOT_QUERY_TIMEOUT'});
    expect(await world.rows('SELECT 1')).toEqual([[1]]);
  });

  it('is given up when DuckDB does not stop it', async () => {
    await using world = await startStore();
    const sql = "SELECT levenshtein(repeat('a', 30000), repeat('b', 30000))";
    await expect(world.store.query('default', {sql, timeoutMs: 100, maxRows: 10})).rejects.toMatchObject({
      code: 'IOT_QUERY_TIMEOUT',
    });
    expect(await world.rows('SELECT 1')).toEqual([[1]]);
  });

  it.each([
    "SELECT length(repeat('x', 10000000000))",
    'SELECT length(string_agg(a.range || b.range)) FROM range(100000) a, range(100000) b',
    'SELECT list(a.range) FROM range(100000) a, range(100000) b',
    'SELECT range(10000000000)',
  ])('gets an error, and the store goes on, when it wants too much memory: %s', async sql => {
    await using world = await startStore({limits: {memoryMb: 128, threads: 1, tempMb: 64}});
    await expect(world.store.query('default', {sql, timeoutMs: 20_000, maxRows: 10})).rejects.toMatchObject({
      code: 'IOT_QUERY_INVALID',
    });
    await world.put(eventOf({a: 1}));
    expect(await world.rows('SELECT value FROM readings')).toEqual([[1]]);
  });

  it.each([
    `SELECT json_structure(${DEEP})`,
    `SELECT json_contains(${DEEP}, '1')`,
    `SELECT JSON_Merge_Patch(${DEEP}, ${DEEP})`,
    `SELECT json_transform('1', ${DEEP})`,
    `SELECT from_json('1', ${DEEP})`,
    `SELECT ${DEEP}::JSON::VARIANT`,
    `SELECT json_extract(${DEEP}, '$' || repeat('[*]', 100000))`,
    `SELECT ${DEEP}::JSON ->> ('$' || repeat('[*]', 100000))`,
    `SELECT x -> p FROM (SELECT ${DEEP}::JSON AS x, '$' || repeat('[*]', 100000) AS p)`,
    `SELECT list_transform([1], y -> ${DEEP}::JSON -> ('$' || repeat('[*]', 100000)))`,
    `SELECT count(*) FROM json_tree(${DEEP})`,
  ])('is refused where DuckDB would overflow the stack: %s', async sql => {
    await using world = await startStore();
    await expect(world.store.query('default', {sql, timeoutMs: 20_000, maxRows: 10})).rejects.toMatchObject({
      code: 'IOT_QUERY_REFUSED',
    });
  });

  it.each([
    `SELECT count(*) FROM events ${Array.from({length: 60}, (_, index) => `JOIN events e${index} USING (device)`).join(' ')}`,
    `WITH ${Array.from({length: 40}, (_, index) => `c${index} AS (SELECT * FROM ${index === 0 ? 'events' : `c${index - 1}, c${index - 1} x`})`).join(', ')} SELECT count(*) FROM c39`,
  ])('is refused where planning it would not end: %s', async sql => {
    await using world = await startStore();
    await expect(world.store.query('default', {sql, timeoutMs: 20_000, maxRows: 10})).rejects.toMatchObject({
      code: 'IOT_QUERY_REFUSED',
      message: expect.stringContaining('32 tables') as string,
    });
  });
});

it('lets only so many queries wait', async () => {
  await using world = await startStore();
  const slow = {sql: 'SELECT sleep_ms(60000)', timeoutMs: 1000, maxRows: 1};
  const codes = await Promise.all(
    Array.from({length: 40}, () =>
      world.store.query('default', slow).then(
        () => 'done',
        (error: unknown) => (error as {code: string}).code,
      ),
    ),
  );
  expect(codes.filter(code => code === 'IOT_PART_UNAVAILABLE').length).toBeGreaterThanOrEqual(4);
  expect(codes.filter(code => code === 'IOT_QUERY_TIMEOUT').length).toBeGreaterThanOrEqual(33);
  expect(await world.rows('SELECT 1')).toEqual([[1]]);
});

it('stores on while a query runs', async () => {
  await using world = await startStore();
  const slow = world.store.query('default', {sql: 'SELECT sleep_ms(60000)', timeoutMs: 3000, maxRows: 1});
  const ended = slow.catch((error: unknown) => (error as {code: string}).code);
  await world.put(eventOf({a: 1}));
  expect(await world.rows('SELECT value FROM readings')).toEqual([[1]]);
  expect(await ended).toBe('IOT_QUERY_TIMEOUT');
});
