import {describe, expect, it} from 'vitest';
import {eventOf, startStore} from '../support/start-store.js';

const limits = {timeoutMs: 20_000, maxRows: 1000};

describe('a query', () => {
  it.each([
    'SELECT count(*) FROM events',
    'FROM readings',
    'WITH one AS (SELECT 1 AS x) SELECT * FROM one',
    'DESCRIBE readings',
    'SUMMARIZE readings',
    'SHOW TABLES',
    'EXPLAIN SELECT * FROM events',
    'explain analyze SELECT * FROM events',
    'VALUES (1), (2)',
    "SELECT body->'$.a', body->>'a', json_extract(body, ['$.a', '$.b']) FROM events",
    'SELECT list_transform([1, 2], x -> x + 1), [x * 2 FOR x IN [1, 2]]',
    'SELECT x FROM range(3) t(x), generate_series(1, 2), unnest([1])',
    'SELECT time_bucket(INTERVAL 5 MINUTE, time), avg(value) FROM readings GROUP BY ALL',
    "PIVOT readings ON metric IN ('a', 'b') USING avg(value)",
    'SELECT 1; -- one statement with a comment behind it',
  ])('may be %s', async sql => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}));
    await expect(world.store.query('default', {sql, ...limits})).resolves.toMatchObject({truncated: false});
  });

  it.each([
    'INSERT INTO events VALUES (1)',
    'UPDATE readings SET value = 0',
    'DELETE FROM events',
    'CREATE TABLE mine (a INT)',
    'CREATE TEMP TABLE mine AS SELECT 1',
    'DROP TABLE events',
    "COPY events TO '/tmp/iotctl-escape.csv'",
    "ATTACH ':memory:' AS other",
    'INSTALL httpfs',
    'LOAD parquet',
    "SET memory_limit = '10GB'",
    'RESET threads',
    'PRAGMA database_list',
    'CALL pragma_version()',
    'CHECKPOINT',
    'BEGIN',
    'COMMIT',
    'SELECT 1; SELECT 2',
    '',
    '-- nothing',
    "EXPORT DATABASE '/tmp/iotctl-escape'",
    'EXPLAIN DELETE FROM events',
    'EXPLAIN EXPLAIN SELECT 1',
    'PREPARE p AS SELECT 1',
    "FROM read_text('/etc/hostname')",
    "FROM read_csv('/etc/hostname')",
    "SELECT * FROM '/etc/hostname'",
    "SELECT * FROM (SELECT * FROM READ_TEXT('/etc/hostname'))",
    "SELECT (SELECT count(*) FROM glob('/*'))",
    'FROM duckdb_secrets()',
    'FROM duckdb_settings()',
    'FROM enable_profiling()',
    'EXPLAIN FROM enable_profiling()',
    'FROM enable_logging()',
    'FROM checkpoint()',
    "FROM query('SELECT 1')",
    'FROM arrow_scan(1, 1, 1)',
    "WITH x AS (FROM sniff_csv('/etc/hostname')) FROM x",
    `SELECT ${'1 + '.repeat(20_000)} 1`,
  ])('may not be %s', async sql => {
    await using world = await startStore();
    await expect(world.store.query('default', {sql, ...limits})).rejects.toMatchObject({
      code: 'IOT_QUERY_REFUSED',
    });
  });

  it.each([
    ['SELEC 1', /syntax error/],
    ['SELECT nothing FROM events', /nothing/],
    ['SELECT 1\nFROM events\nWHERE WHERE', /syntax error .*line 3, column 7/],
    ["SELECT * FROM 'data.csv'", /data\.csv/],
    ['SELECT $1', /no value for the parameter \$1/],
    ["SELECT getenv('HOME')", /getenv/],
    [`SELECT ${'('.repeat(10_000)}1${')'.repeat(10_000)}`, /memory exhausted/],
    [`SELECT ${'1+'.repeat(10_000)}1`, /depth/],
    ["SELECT 'x'::INT", /convert/i],
  ])('fails with DuckDB’s words: %s', async (sql, message) => {
    await using world = await startStore();
    await expect(world.store.query('default', {sql, ...limits})).rejects.toMatchObject({
      code: 'IOT_QUERY_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });
});

it('is refused when it holds a NUL, behind which DuckDB would not look', async () => {
  await using world = await startStore();
  const sql = 'SELECT 1\0; DROP TABLE events';
  await expect(world.store.query('default', {sql, ...limits})).rejects.toMatchObject({
    code: 'IOT_QUERY_REFUSED',
  });
});

describe('a result', () => {
  it('shows every type in a way that JSON can hold', async () => {
    await using world = await startStore();
    const {columns, rows} = await world.store.query('default', {
      ...limits,
      sql: `SELECT 1::BIGINT AS small, 9007199254740993 AS large, -5::HUGEINT AS huge, 85.926498 AS exact,
        1.5::DOUBLE AS double, 'nan'::DOUBLE AS nan, '-inf'::FLOAT AS inf, 12345678901234567.89 AS long,
        TIMESTAMPTZ '2026-01-31 13:00:00.5+01' AS tz, TIMESTAMP '2026-01-31 12:00:00.123456' AS ts,
        DATE '2026-01-31' AS date, TIME '12:34:56' AS time, 'ab'::BLOB AS blob, [1, NULL] AS list,
        {'a': 1, 'b': [true]} AS struct, MAP {'k': 1} AS map, NULL AS nothing, INTERVAL 90 SECOND AS interval,
        '{"a":1}'::JSON AS json, uuid '0190a6e4-0000-7000-8000-000000000000' AS uuid, 'infinity'::TIMESTAMP AS forever,
        0.0001 AS tiny`,
    });
    expect(Object.fromEntries(columns.map(({name}, index) => [name, rows[0]![index]]))).toEqual({
      small: 1,
      large: '9007199254740993',
      huge: -5,
      exact: 85.926498,
      double: 1.5,
      nan: 'NaN',
      inf: '-Infinity',
      long: '12345678901234567.89',
      tz: '2026-01-31T12:00:00.500Z',
      ts: '2026-01-31T12:00:00.123456Z',
      date: '2026-01-31',
      time: '12:34:56',
      blob: 'YWI=',
      list: [1, null],
      struct: {a: 1, b: [true]},
      map: {k: 1},
      nothing: null,
      interval: '00:01:30',
      json: '{"a":1}',
      uuid: '0190a6e4-0000-7000-8000-000000000000',
      forever: 'infinity',
      tiny: 0.0001,
    });
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    expect(columns.find(({name}) => name === 'json')).toEqual({name: 'json', type: 'JSON'});
    expect(columns.find(({name}) => name === 'tz')!.type).toBe('TIMESTAMP WITH TIME ZONE');
  });

  it.each([
    ["SELECT CASE WHEN range = 90000 THEN error('there') ELSE range END FROM range(100000)", /there/],
    ["SELECT CASE WHEN range = 90000 THEN 'x' ELSE '1' END::INT FROM range(100000)", /convert/i],
  ])('is never a part of one that fails: %s', async (sql, message) => {
    await using world = await startStore();
    await expect(
      world.store.query('default', {sql, timeoutMs: 20_000, maxRows: 1_000_000}),
    ).rejects.toMatchObject({
      code: 'IOT_QUERY_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });

  it('is never a part of one whose time is over', async () => {
    await using world = await startStore();
    const sql = 'FROM range(20000) UNION ALL SELECT sleep_ms(60000)';
    await expect(
      world.store.query('default', {sql, timeoutMs: 200, maxRows: 1_000_000}),
    ).rejects.toMatchObject({code: 'IOT_QUERY_TIMEOUT'});
  });

  it('is cut off at the most rows that were asked for', async () => {
    await using world = await startStore();
    const ask = (maxRows: number) =>
      world.store.query('default', {sql: 'FROM range(5000)', timeoutMs: 20_000, maxRows});
    expect(await ask(4999)).toMatchObject({truncated: true});
    expect((await ask(4999)).rows).toHaveLength(4999);
    expect(await ask(5000)).toMatchObject({truncated: false});
  });

  it('is cut off when it grows too large', async () => {
    await using world = await startStore();
    const {rows, truncated} = await world.store.query('default', {
      sql: "SELECT repeat('x', 50000) FROM range(10000)",
      timeoutMs: 60_000,
      maxRows: 10_000,
    });
    expect(truncated).toBe(true);
    expect(rows.length).toBeGreaterThan(1000);
    expect(rows.length).toBeLessThan(2000);
  });
});
