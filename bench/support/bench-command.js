/** `iotctl bench` as its users run it: a process of its own, whose report is read and whose memory is watched. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {text} from 'node:stream/consumers';
import {BIN, usageOf} from './platform.js';

const LOOK_EVERY_MS = 1000;
/** Thresholds and losses: there is a report, and what it says is what a benchmark wants to know. */
const MISSED = 9;

/**
 * The report, and what the process needed: `rssMb` is what it had each second, `wallSec` and `cpuSec` are the whole of it.
 * Throws when there is no report.
 */
export async function runBenchCommand(args, environment) {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [BIN, 'bench', ...args, '--no-keep-run', '-o', 'json'], {
    env: {...process.env, ...environment},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const rssMb = [];
  let cpuSec = 0;
  const timer = setInterval(() => {
    try {
      const usage = usageOf(child.pid);
      rssMb.push(usage.rssMb);
      cpuSec = usage.cpuSec;
    } catch {
      // It has just ended.
    }
  }, LOOK_EVERY_MS);
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exit;
  clearInterval(timer);
  if (code !== 0 && code !== MISSED) throw new Error(`bench ${args.join(' ')} ended with ${code}: ${stderr}`);
  return {report: JSON.parse(stdout), rssMb, cpuSec, wallSec: (performance.now() - startedMs) / 1000};
}
