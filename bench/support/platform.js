/** A platform as its users start it: a process of its own, in a folder of its own. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {ApiClient} from '../../build/client/api-client.js';

export const BIN = join(import.meta.dirname, '../../bin/run.js');

/** A folder for the platform's data and the user's configuration; `remove` takes it away. */
export function benchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'iotctl-bench-'));
  return {folder, remove: () => rmSync(folder, {recursive: true, force: true})};
}

/**
 * Resolves when the platform says that it is ready. `ports` keeps it at the same addresses after a restart. What Node
 * was told, it is told too: `node --cpu-prof --cpu-prof-dir=DIR bench/run.js …` profiles each of its threads.
 */
export async function startPlatform(folder, ports, {tls = false, nodeOptions = []} = {}) {
  const portFlags = [
    ...(tls ? ['--tls'] : []),
    ...(ports ? Object.entries(ports).map(([door, port]) => `--port-${door}=${port}`) : ['--auto-ports']),
  ];
  const environment = {
    ...process.env,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
  };
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      ...nodeOptions,
      BIN,
      'up',
      '--data',
      join(folder, 'data'),
      '-o',
      'json',
      ...portFlags,
    ],
    {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  child.stderr.on('data', chunk => {
    log = (log + chunk).slice(-10_000);
  });
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => text),
    once(child, 'exit').then(() => {
      throw new Error(`the platform did not start: ${log}`);
    }),
  ]);
  const readyMs = performance.now() - startedMs;
  const address = JSON.parse(line);
  const token = readFileSync(join(folder, 'data', 'admin-token'), 'utf8').trim();
  return {
    ...address,
    readyMs,
    environment,
    token,
    child,
    /** The end of what it wrote to stderr. */
    log: () => log,
    api: new ApiClient({url: address.apiUrl, token}),
    /** Sends a signal and waits for the end. */
    async end(signal) {
      const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill(signal);
      await gone;
    },
  };
}

const PAGE_TICKS_PER_SEC = 100;

/** CPU seconds and memory of a process so far, as Linux accounts for them (proc(5)). */
export function usageOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = name => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    cpuSec: (Number(stat[11]) + Number(stat[12])) / PAGE_TICKS_PER_SEC,
    rssMb: Math.round(kib('VmRSS') / 1024),
    rssMbMax: Math.round(kib('VmHWM') / 1024),
    anonymousMb: Math.round(kib('RssAnon') / 1024),
  };
}

export const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
