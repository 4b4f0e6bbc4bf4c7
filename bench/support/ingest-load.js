/** The load of the ingest benchmark, and what it leaves the store to do. */
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {median} from './platform.js';

/**
 * Runs the generator in a process of its own: `port`, `devices`, `topic`, `ratePerSec` (0 for as fast as it goes), `seconds`, `inflight`.
 * `everySecond` is called while it runs.
 */
export async function generate(options, everySecond) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'generator.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(`${JSON.stringify(options)}\n`);
  const perSecond = [];
  let last = 0;
  for await (const line of createInterface(child.stdout)) {
    const {progress, report, cpuSec} = JSON.parse(line);
    if (progress) {
      everySecond();
      if (last > 0) perSecond.push(progress.acknowledged - last);
      last = progress.acknowledged;
      process.stderr.write(`\r${progress.connected} connected, ${perSecond.at(-1) ?? 0} acknowledged/s   `);
      continue;
    }
    return {
      perSec: report.perSec,
      perSecMedian: median(perSecond.filter(count => count > 0)),
      acknowledged: report.acknowledged,
      lost: report.lost,
      latencyMs: report.latencyMs,
      generatorCpuSec: cpuSec,
    };
  }
  throw new Error('the generator ended without a report');
}

/** Milliseconds until the store has everything that the stream has. */
export async function caughtUp(api) {
  const startedMs = performance.now();
  while ((await api.status()).store.lag > 0) await new Promise(resolve => setTimeout(resolve, 20));
  return Math.round(performance.now() - startedMs);
}
