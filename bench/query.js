/**
 * How fast questions about a week of 1,000 devices are answered, beside Debian's PostgreSQL 15 with the same readings and the
 * indexes that an expert would make. Prints a table on stderr and one JSON line.
 *
 *     npm run bench -- query --readings 10000000 --rounds 5
 *     npm run bench -- query --readings 100000000 --no-postgres --store FOLDER
 *
 * `--store` keeps what was loaded, and another run with as many readings goes on from there.
 */
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {Store} from '../build/store/store.js';
import {DEVICES, deviceOf, madeReadings, START_MS, WEEK_MS} from './support/made-readings.js';
import {benchFolder} from './support/platform.js';
import {hasPostgres, startPostgres} from './support/postgres.js';

const {values: options} = parseArgs({
  options: {
    readings: {type: 'string', default: '10000000'},
    rounds: {type: 'string', default: '5'},
    'no-postgres': {type: 'boolean', default: false},
    store: {type: 'string'},
  },
});
const made = madeReadings(Number(options.readings));
const ROUNDS = Number(options.rounds);
/** In each round a question is asked for so long, at least once, of each side. */
const MEASURED_MS = 300;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY = {sinceMs: START_MS + 3 * DAY_MS, untilMs: START_MS + 4 * DAY_MS};
const DEVICE = deviceOf(500);
const FOR_MS = 10 * MINUTE_MS;
const GAP_MS = 15 * MINUTE_MS;

const choice = {
  metrics: ['temperature'],
  onlyDevices: false,
  labelCount: 0,
  timeoutMs: 600_000,
  consistent: false,
};

/** Each as our store is asked, and the rows that it answers; and as SQL for PostgreSQL, which has to answer the same rows. */
const QUESTIONS = [
  {
    name: 'average of the last 5 minutes, all devices',
    ask: store =>
      store.stats('default', {
        ...choice,
        sinceMs: made.endMs - 5 * MINUTE_MS,
        untilMs: made.endMs,
        aggregates: ['avg', 'count'],
        by: [],
      }),
    rowsOf: ({values}) => [[values.avg[0], values.count[0]]],
    sql: `SELECT avg(value), count(*) FROM readings WHERE metric = 'temperature' AND ${between(made.endMs - 5 * MINUTE_MS, made.endMs)}`,
  },
  {
    name: 'average by device over a day',
    ask: store => store.stats('default', {...choice, ...DAY, aggregates: ['avg'], by: ['device']}),
    rowsOf: ({groups, values}) => groups.map(({device}, index) => [device, values.avg[index]]),
    sql: `SELECT device, avg(value) FROM readings WHERE metric = 'temperature' AND ${between(DAY.sinceMs, DAY.untilMs)} GROUP BY device ORDER BY device`,
  },
  {
    name: '1-minute buckets of one device’s day',
    ask: store =>
      store.stats('default', {
        ...choice,
        ...DAY,
        devices: [{device: DEVICE, labels: []}],
        onlyDevices: true,
        everyMs: MINUTE_MS,
        aggregates: ['avg'],
        by: [],
      }),
    // Empty buckets, which the store adds, are left out of the comparison.
    rowsOf: ({bucketsMs, values}) =>
      [...bucketsMs]
        .map((ms, index) => [ms / 1000, values.avg[index]])
        .filter(([, avg]) => !Number.isNaN(avg)),
    sql: `SELECT extract(epoch FROM date_bin('1 minute', time, '2000-01-03')), avg(value) FROM readings WHERE metric = 'temperature' AND device = '${DEVICE}' AND ${between(DAY.sinceMs, DAY.untilMs)} GROUP BY date_bin('1 minute', time, '2000-01-03') ORDER BY 1`,
  },
  {
    name: 'episodes outside 2..8 for 10 minutes, of the week, all devices',
    ask: store =>
      store.episodes('default', {
        ...choice,
        sinceMs: START_MS,
        untilMs: made.endMs,
        condition: {kind: 'outside', low: 2, high: 8, hysteresis: 0},
        forMs: FOR_MS,
        maxGapMs: GAP_MS,
      }),
    rowsOf: episodes =>
      episodes.map(({device, startMs, endMs, peak, samples}) => [
        device,
        startMs / 1000,
        endMs / 1000,
        Math.max(2 - peak, peak - 8),
        samples,
      ]),
    sql: `WITH stepped AS (
        SELECT device, time, value, value < 2 OR value > 8 AS beyond, lag(time) OVER series AS before,
          lag(value < 2 OR value > 8) OVER series AS beyond_before
        FROM readings WHERE metric = 'temperature' AND ${between(START_MS, made.endMs)}
        WINDOW series AS (PARTITION BY device ORDER BY time)
      ), begun AS (
        SELECT device, time, value, count(*) FILTER (
          WHERE beyond_before IS NOT TRUE OR time - before > interval '${GAP_MS} milliseconds'
        ) OVER (PARTITION BY device ORDER BY time) AS island FROM stepped WHERE beyond
      )
      SELECT device, extract(epoch FROM min(time)), extract(epoch FROM max(time)), max(greatest(2 - value, value - 8)), count(*) FROM begun
      GROUP BY device, island HAVING max(time) - min(time) >= interval '${FOR_MS} milliseconds' ORDER BY 2, 1`,
  },
];

function between(sinceMs, untilMs) {
  return `time >= to_timestamp(${sinceMs / 1000}) AND time < to_timestamp(${untilMs / 1000})`;
}

/** A stream whose events follow from their offsets. */
const stream = {
  at: 0,
  first: () => 0,
  head: () => made.count,
  cursor: () => stream.at,
  cursors: () => [],
  bytes: () => 0,
  close: async () => {},
  async moveCursor(_name, offset) {
    stream.at = offset;
  },
  async read(offset, maxEvents) {
    const count = Math.min(maxEvents, made.count - offset);
    return Array.from({length: count}, (_, index) => eventAt(offset + index));
  },
};

const eventAt = offset => ({
  offset,
  tenant: 'default',
  device: deviceOf(offset),
  type: 'telemetry',
  component: '',
  timeMs: undefined,
  recordedMs: made.timeMs(offset),
  contentType: 'application/json',
  payload: Buffer.from(`{"temperature":${made.value(offset)}}`),
  attributes: undefined,
});

async function timed(work) {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const rounded = number => Number(number.toPrecision(3));
const say = text => process.stderr.write(`${text}\n`);

/** A store with the week, opened anew, whose readings are in memory. */
async function startOwn() {
  const kept = options.store;
  const {folder, remove} = kept === undefined ? benchFolder() : {folder: kept, remove: () => {}};
  const loadSec = await load(folder);
  const bytes = readdirSync(folder)
    .filter(name => name.startsWith('default.'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const store = await Store.open({folder, reader: stream});
  for (const {ask} of QUESTIONS) await ask(store);
  const memorySec = (await timed(() => untilInMemory(store))) / 1000;
  return {
    bytes,
    loadSec,
    memorySec,
    rowsOf: async ({ask, rowsOf}) => rowsOf((await ask(store)).found),
    /** Milliseconds of each of so many times as there is time for. */
    async time({ask}) {
      const timesMs = [];
      const endMs = performance.now() + MEASURED_MS;
      while (timesMs.length === 0 || performance.now() < endMs) timesMs.push(await timed(() => ask(store)));
      return timesMs;
    },
    async stop() {
      await store.close();
      remove();
    },
  };
}

/** The readings are read into memory while the first questions are answered from the table. */
async function untilInMemory(store) {
  const deadlineMs = performance.now() + 120_000;
  for (;;) {
    const {readingsInMemory} = await store.status();
    if (readingsInMemory === made.count) return;
    if (performance.now() > deadlineMs) throw new Error(`${readingsInMemory} readings are in memory`);
    await setTimeout(50);
  }
}

/** Seconds; what is there already is not loaded again. Closing writes the checkpoint: what is asked then comes from the file. */
async function load(folder) {
  const beganMs = performance.now();
  const store = await Store.open({folder, reader: stream});
  try {
    await store.catchUp();
  } finally {
    await store.close();
  }
  return (performance.now() - beganMs) / 1000;
}

async function startOther() {
  const postgres = await startPostgres();
  const beganMs = performance.now();
  await postgres.script(copyScript());
  const loadSec = (performance.now() - beganMs) / 1000;
  const bytes = Number(await postgres.script(["SELECT pg_total_relation_size('readings');\n"]));
  const statementOf = ({sql}) => sql.replaceAll(/\s+/g, ' ');
  return {
    bytes,
    loadSec,
    async rowsOf(question) {
      const {rows, timesMs} = await postgres.time(statementOf(question), 2);
      question.times = Math.max(1, Math.ceil(MEASURED_MS / median(timesMs)));
      return rows.map(row => row.split('|'));
    },
    time: async question => (await postgres.time(statementOf(question), question.times)).timesMs,
    stop: () => postgres.stop(),
  };
}

/** Both by turns, so that a machine that is slower for a while is so for both. */
async function measure(question, sides) {
  const rows = [];
  for (const side of sides) rows.push(await side.rowsOf(question));
  if (sides.length > 1) checkSame(question.name, ...rows);
  const timesMs = sides.map(() => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, side] of sides.entries()) timesMs[index].push(median(await side.time(question)));
  return {rows: rows[0].length, ms: timesMs.map(median)};
}

/** In time order; then an index for a device’s time that need not look at the table, and a small one for time alone. */
function* copyScript() {
  yield 'CREATE TABLE readings (time timestamptz NOT NULL, device text NOT NULL, metric text NOT NULL, value float8 NOT NULL);\n';
  yield 'COPY readings FROM STDIN;\n';
  for (let index = 0; index < made.count; ) {
    let lines = '';
    for (const end = Math.min(index + 10_000, made.count); index < end; index++)
      lines += `${new Date(made.timeMs(index)).toISOString()}\t${deviceOf(index)}\ttemperature\t${made.value(index)}\n`;
    yield lines;
  }
  yield '\\.\n';
  yield 'CREATE INDEX ON readings (metric, device, time) INCLUDE (value);\n';
  yield 'CREATE INDEX ON readings USING brin (time);\n';
  yield 'VACUUM (FREEZE, ANALYZE) readings;\n';
}

/** Both add in another order: the last digits are not compared. */
function checkSame(name, mine, theirs) {
  const differ = (cell, other) =>
    typeof cell === 'number' ? !(Math.abs(cell - Number(other)) <= 1e-9 * Math.abs(cell)) : cell !== other;
  if (mine.length !== theirs.length)
    throw new Error(`${name}: ${mine.length} rows here, ${theirs.length} in PostgreSQL`);
  const at = mine.findIndex((row, index) => row.some((cell, place) => differ(cell, theirs[index][place])));
  if (at >= 0) throw new Error(`${name}: row ${at} is ${mine[at]} here, ${theirs[at]} in PostgreSQL`);
}

const own = await startOwn();
say(
  `iotctl: ${made.count} readings of ${DEVICES} devices over ${WEEK_MS / DAY_MS} days in ${rounded(own.loadSec)} s, in memory in ${rounded(own.memorySec)} s`,
);
let other;
if (options['no-postgres'] || !hasPostgres()) {
  say('PostgreSQL 15 is SKIPPED: `apt-get install postgresql` installs it');
} else {
  other = await startOther();
  say(`PostgreSQL: the same in ${rounded(other.loadSec)} s, with its indexes`);
}
const sides = other ? [own, other] : [own];
try {
  const questions = [];
  for (const question of QUESTIONS) {
    const {name} = question;
    const {rows, ms} = await measure(question, sides);
    const [mine, theirs] = ms.map(rounded);
    const ratio = other && rounded(ms[1] / ms[0]);
    say(`${name}: ${mine} ms${other ? `, PostgreSQL ${theirs} ms, ${ratio} times` : ''}`);
    questions.push({name, rows, ms: mine, postgresMs: theirs, ratio});
  }
  const [bytesPerReading, postgresBytesPerReading] = sides.map(({bytes}) => rounded(bytes / made.count));
  say(`bytes per reading: ${bytesPerReading}${other ? `, PostgreSQL ${postgresBytesPerReading}` : ''}`);
  process.stdout.write(
    `${JSON.stringify({bench: 'query', readings: made.count, devices: DEVICES, questions, bytesPerReading, postgresBytesPerReading})}\n`,
  );
} finally {
  for (const side of sides) await side.stop();
}
