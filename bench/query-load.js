/**
 * What questions and ingest cost each other: the questions of the query benchmark on a week of 1,000 devices, each with nothing else
 * to do and while devices publish at half of what the platform can take; and ingest without and with the questions, and with a
 * statement that would never end.
 *
 *     npm run bench -- query-load --readings 10000000 --seconds 30 --rounds 9
 */
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {createDevices} from './support/create-devices.js';
import {caughtUp, generate} from './support/ingest-load.js';
import {deviceOf, madeReadings, START_MS} from './support/made-readings.js';
import {benchFolder, median, startPlatform, usageOf} from './support/platform.js';
import {storeWeek} from './support/week-store.js';

/** A question may take so many times as long as alone, and ingest lose so much. */
const SLOWER_MAX = 3;
const LOSS_MAX = 0.1;

const {values} = parseArgs({
  options: {
    readings: {type: 'string', default: '10000000'},
    seconds: {type: 'string', default: '30'},
    connections: {type: 'string', default: '1000'},
    rounds: {type: 'string', default: '9'},
  },
});
const seconds = Number(values.seconds);
const made = madeReadings(Number(values.readings));
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const time = ms => new Date(ms).toISOString();
const ofDay = {since: time(START_MS + 3 * DAY_MS), until: time(START_MS + 4 * DAY_MS)};
const ofTemperature = {metrics: ['temperature'], aggregates: ['avg']};

const QUESTIONS = [
  {
    name: 'average of the last 5 minutes, all devices',
    ask: api =>
      api.stats.stats({
        ...ofTemperature,
        since: time(made.endMs - 5 * MINUTE_MS),
        until: time(made.endMs),
      }),
  },
  {
    name: 'average by device over a day',
    ask: api => api.stats.stats({...ofTemperature, ...ofDay, by: ['device']}),
  },
  {
    name: '1-minute buckets of one device’s day',
    ask: api => api.stats.stats({...ofTemperature, ...ofDay, devices: [deviceOf(500)], everyMs: MINUTE_MS}),
  },
  {
    name: 'episodes outside 2..8 for 10 minutes, of the week, all devices',
    ask: api =>
      api.stats.episodes({
        metric: 'temperature',
        since: time(START_MS),
        until: time(made.endMs),
        outside: {low: 2, high: 8},
        forMs: 10 * MINUTE_MS,
        maxGapMs: 15 * MINUTE_MS,
      }),
  },
];

/** Would count for days; its time is up first. */
const RUNAWAY = {
  sql: 'SELECT count(*) FROM readings a CROSS JOIN readings b WHERE a.value + b.value = 0.5',
  timeoutMs: (seconds * 1000) / 2,
};
/** Would need more memory and more temporary files than it may have. */
const GREEDY = {
  sql: 'SELECT a.device, a.time, b.time AS other, a.value + b.value AS both FROM readings a CROSS JOIN readings b ORDER BY both, a.time',
  timeoutMs: (seconds * 1000) / 2,
};

const rounded = number => Number(number.toPrecision(3));
const say = text => process.stderr.write(`\r${text}\n`);

async function timed(work) {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** The week is read into memory while the first questions are answered from the table. */
async function untilInMemory(api) {
  const deadlineMs = performance.now() + 120_000;
  for (;;) {
    for (const {ask} of QUESTIONS) await ask(api);
    const {store} = await api.status();
    if (store.readingsInMemory >= made.count) return store.readingsInMemory;
    if (performance.now() > deadlineMs) throw new Error(`${store.readingsInMemory} readings are in memory`);
    await setTimeout(100);
  }
}

/** Milliseconds of each question, each asked once in a round: until `rounds` are done and `isOver`. The first time does not count. */
async function askAll(api, isOver) {
  for (const {ask} of QUESTIONS) await ask(api);
  const timesMs = QUESTIONS.map(() => []);
  for (let round = 0; round < Number(values.rounds) || !isOver(); round++)
    for (const [index, {ask}] of QUESTIONS.entries()) timesMs[index].push(await timed(() => ask(api)));
  return timesMs.map(median);
}

async function endingOf(api, query) {
  try {
    await api.query(query);
    return 'answered';
  } catch (error) {
    return error.code ?? error.message;
  }
}

async function measure(platform, devices) {
  const load = {port: platform.ports.mqtt, devices, topic: 'me/telemetry', seconds, inflight: 8};
  /** Ingest, and `work` from a second after its begin on; told whether ingest is over. */
  const ingest = async (ratePerSec, work = async () => {}) => {
    let isOver = false;
    let begin;
    const begun = new Promise(resolve => {
      begin = resolve;
    });
    const working = begun.then(() => work(() => isOver));
    const before = usageOf(platform.pid).cpuSec;
    const {perSec, latencyMs} = await generate({...load, ratePerSec}, () => begin());
    isOver = true;
    const cpuSec = usageOf(platform.pid).cpuSec - before;
    const lagMs = await caughtUp(platform.api);
    return {done: await working, perSec, pubackP99Ms: latencyMs.p99, lagMs, cpuSec};
  };
  const {perSec: maxPerSec} = await ingest(0);
  const inMemory = await untilInMemory(platform.api);
  const idle = await askAll(platform.api, () => true);
  const half = Math.round(maxPerSec / 2);
  const alone = await ingest(half);
  const {done: busy, ...withQuestions} = await ingest(half, isOver => askAll(platform.api, isOver));
  const {done: endings, ...withRunaways} = await ingest(half, () =>
    Promise.all([RUNAWAY, GREEDY].map(query => endingOf(platform.api, query))),
  );
  return {maxPerSec, inMemory, half, alone, withQuestions, withRunaways, endings, idle, busy};
}

const {folder, remove} = benchFolder();
try {
  const first = await startPlatform(folder);
  await first.end('SIGTERM');
  say(
    `${made.count} readings in ${rounded((await timed(() => storeWeek(join(folder, 'data'), made))) / 1000)} s`,
  );
  const platform = await startPlatform(folder);
  try {
    const devices = await createDevices(platform.api, {count: Number(values.connections), prefix: 'bench-'});
    const {idle, busy, ...ingest} = await measure(platform, devices);
    const questions = QUESTIONS.map(({name}, index) => {
      const [idleMs, busyMs] = [idle[index], busy[index]].map(rounded);
      const ratio = rounded(busyMs / idleMs);
      say(`${name}: ${idleMs} ms alone, ${busyMs} ms with ingest, ${ratio} times`);
      return {name, idleMs, busyMs, ratio};
    });
    const loss = rounded(1 - ingest.withQuestions.perSec / ingest.alone.perSec);
    const runawayLoss = rounded(1 - ingest.withRunaways.perSec / ingest.alone.perSec);
    say(
      `ingest at ${ingest.half}/s: ${ingest.alone.perSec}/s alone, ${ingest.withQuestions.perSec}/s with questions,`,
    );
    say(`  ${ingest.withRunaways.perSec}/s with statements without end (${ingest.endings.join(', ')})`);
    process.stdout.write(
      `${JSON.stringify({bench: 'query-load', ...ingest, questions, loss, runawayLoss})}\n`,
    );
    if (questions.some(({ratio}) => ratio > SLOWER_MAX) || Math.max(loss, runawayLoss) >= LOSS_MAX)
      process.exitCode = 9;
  } finally {
    await platform.end('SIGTERM');
  }
} finally {
  remove();
}
