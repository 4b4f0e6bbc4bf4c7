/**
 * 100,000 registered devices: moved in by the real CLI, listed, made one by one, started with, and kept in memory.
 *
 *     npm run bench -- registry
 *     npm run bench -- registry --devices 20000
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createWriteStream} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {createOneByOne} from './support/keep-alive-client.js';
import {BIN, benchFolder, median, startPlatform, usageOf} from './support/platform.js';

/** For 100,000 devices. */
const TARGET = {importSec: 60, pageMs: 100, createsPerSec: 500, upMs: 3000, bytesPerDevice: 1024};
const REQUESTS = 200;
const STARTS = 3;
const CREATES_SEC = 5;
const CONNECTIONS = 16;

const {values} = parseArgs({options: {devices: {type: 'string', default: '100000'}}});
const devices = Number(values.devices);
const {folder, remove} = benchFolder();
async function run() {
  const emptyBytes = (await restarted()).rssBytes;
  const platform = await startPlatform(folder);
  try {
    const importSec = await importFleet(platform);
    tell({importSec});
    const pages = {};
    for (const [name, query] of Object.entries(PAGES)) pages[name] = await timesOf(platform.api, query);
    tell(pages);
    const createsPerSec = await createOneByOne(platform, {connections: CONNECTIONS, seconds: CREATES_SEC});
    tell({createsPerSec});
    await platform.end('SIGTERM');
    const starts = [];
    for (let start = 0; start < STARTS; start++) starts.push(await restarted());
    const rssBytes = median(starts.map(start => start.rssBytes));
    return {
      importSec,
      pages,
      createsPerSec,
      upMs: Math.round(median(starts.map(start => start.readyMs))),
      emptyRssMb: Math.round(emptyBytes / 2 ** 20),
      rssMb: Math.round(rssBytes / 2 ** 20),
      bytesPerDevice: Math.round((rssBytes - emptyBytes) / devices),
    };
  } finally {
    await platform.end('SIGKILL');
  }
}

/** What the platform has of memory once it has listed everything, as it does with none. */
async function restarted() {
  const platform = await startPlatform(folder);
  try {
    for await (const _device of platform.api.allDevices());
    for (let request = 0; request < REQUESTS; request++) await platform.api.listDevices({limit: 500});
    const {readyMs} = platform;
    return {readyMs, rssBytes: usageOf(platform.child.pid).rssMb * 2 ** 20};
  } finally {
    await platform.end('SIGTERM');
  }
}

const PAGES = {
  first: {},
  selector: {selector: 'site=oslo'},
  rare: {selector: 'rare=yes'},
  twoLabels: {selector: 'site=oslo,batch=7'},
  // Half of all devices each, and none of them both.
  disjoint: {selector: 'site=oslo,even=yes'},
  model: {selector: 'model=lamp,rare=yes'},
};

async function importFleet({environment}) {
  const file = join(folder, 'fleet.csv');
  const out = createWriteStream(file);
  out.write('id,model,label.site,label.batch,label.rare,label.even,metadata.serial\r\n');
  for (let number = 0; number < devices; number++) {
    const even = number % 2 === 0;
    const rare = number % 5000 === 0 ? 'yes' : '';
    const row = [
      idOf(number),
      'lamp',
      even ? 'bergen' : 'oslo',
      number % 1000,
      rare,
      even ? 'yes' : '',
      `A${number}`,
    ];
    if (!out.write(`${row.join(',')}\r\n`)) await once(out, 'drain');
  }
  await once(out.end(), 'finish');
  const startedMs = performance.now();
  const argv = ['device', 'import', file, '--credentials-file', join(folder, 'secrets.csv')];
  const more = ['--results', join(folder, 'results.csv'), '--resume', join(folder, 'journal')];
  const child = spawn(process.execPath, [BIN, ...argv, ...more], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  return rounded((performance.now() - startedMs) / 1000);
}

const idOf = number => `d-${String(number).padStart(7, '0')}`;

/** At the client, one request at a time. */
async function timesOf(api, query) {
  const times = [];
  for (let request = -5; request < REQUESTS; request++) {
    const startedMs = performance.now();
    await api.listDevices({limit: 50, ...query});
    if (request >= 0) times.push(performance.now() - startedMs);
  }
  times.sort((a, b) => a - b);
  return {p50: rounded(median(times)), p99: rounded(times[Math.floor(times.length * 0.99)])};
}

function missesOf({importSec, pages, createsPerSec, upMs, bytesPerDevice}) {
  return [
    importSec > TARGET.importSec && `import took ${importSec} s, not ${TARGET.importSec} s`,
    ...Object.entries(pages).map(
      ([name, {p99}]) => p99 > TARGET.pageMs && `page ${name} took ${p99} ms, not ${TARGET.pageMs} ms`,
    ),
    createsPerSec < TARGET.createsPerSec &&
      `${createsPerSec} creates per second, not ${TARGET.createsPerSec}`,
    upMs > TARGET.upMs && `ready after ${upMs} ms, not ${TARGET.upMs} ms`,
    bytesPerDevice > TARGET.bytesPerDevice &&
      `${bytesPerDevice} bytes per device, not ${TARGET.bytesPerDevice}`,
  ].filter(Boolean);
}

const rounded = value => Math.round(value * 10) / 10;

const tell = part => process.stderr.write(`${JSON.stringify(part)}\n`);

try {
  const result = await run();
  const missed = missesOf(result);
  for (const miss of missed) process.stderr.write(`missed: ${miss}\n`);
  process.stdout.write(`${JSON.stringify({bench: 'registry', devices, ...result, missed})}\n`);
  if (missed.length > 0) process.exitCode = 9;
} finally {
  remove();
}
