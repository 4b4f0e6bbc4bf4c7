/** The machine that makes the load, and how much of it the run used: a generator at its limit measures itself. */
import {readFileSync} from 'node:fs';
import {arch, availableParallelism, cpus, release, totalmem, type} from 'node:os';
import {type IntervalHistogram, monitorEventLoopDelay} from 'node:perf_hooks';
import {nowMs} from './clock.js';

/** What one has to know to judge numbers, as the Open MQTT Benchmark Suite asks for it to be disclosed. */
export interface Environment {
  readonly iotctl: string;
  readonly node: string;
  /** Such as `Linux 6.1.0 x64`. */
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Files, and so sockets, that a process may have open; this and the next two are null where they are not known. */
  readonly openFilesMax: number | null;
  /** Ports for outgoing connections from one address to another. */
  readonly localPorts: {readonly first: number; readonly last: number} | null;
  /** Connections that may wait to be accepted, where the broker runs on this machine too. */
  readonly somaxconn: number | null;
}

/** What one process, or several, used; `cores` is CPU time over wall time, 1 being one core. */
export interface GeneratorSnapshot {
  readonly processes: number;
  /** Of the busiest process: over the whole run, and in its busiest second, which is 0 before there was a whole one. */
  readonly cores: number;
  readonly coresMax: number;
  readonly rssBytes: number;
  /** What it grew by since the run began. */
  readonly grownBytes: number;
  readonly loopDelayP99Ms: number;
  /** What each process used, in their order. */
  readonly each: readonly ProcessUse[];
}

export interface ProcessUse {
  readonly cores: number;
  readonly coresMax: number;
  readonly rssBytes: number;
}

const WINDOW_MS = 1000;
const LOOP_RESOLUTION_MS = 10;

export class GeneratorMeter implements Disposable {
  readonly #startMs = nowMs();
  readonly #startCpuMs = cpuMs();
  readonly #startRssBytes = process.memoryUsage.rss();
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({resolution: LOOP_RESOLUTION_MS});
  #window = {atMs: this.#startMs, cpuMs: this.#startCpuMs};
  #coresMax = 0;

  constructor() {
    this.#loop.enable();
  }

  /** Since the meter was made. Read at least once a second, it finds the busiest one. */
  read(): GeneratorSnapshot {
    const [atMs, usedMs] = [nowMs(), cpuMs()];
    if (atMs - this.#window.atMs >= WINDOW_MS) {
      this.#coresMax = Math.max(this.#coresMax, (usedMs - this.#window.cpuMs) / (atMs - this.#window.atMs));
      this.#window = {atMs, cpuMs: usedMs};
    }
    const cores = (usedMs - this.#startCpuMs) / Math.max(1, atMs - this.#startMs);
    const rssBytes = process.memoryUsage.rss();
    const use = {cores, coresMax: this.#coresMax, rssBytes};
    return {
      processes: 1,
      ...use,
      grownBytes: Math.max(0, rssBytes - this.#startRssBytes),
      // The histogram's values are whole intervals; what is above the resolution is delay.
      loopDelayP99Ms: Math.max(0, this.#loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS),
      each: [use],
    };
  }

  [Symbol.dispose](): void {
    this.#loop.disable();
  }
}

export const mergeGenerators = (a: GeneratorSnapshot, b: GeneratorSnapshot): GeneratorSnapshot => ({
  processes: a.processes + b.processes,
  cores: Math.max(a.cores, b.cores),
  coresMax: Math.max(a.coresMax, b.coresMax),
  rssBytes: a.rssBytes + b.rssBytes,
  grownBytes: a.grownBytes + b.grownBytes,
  loopDelayP99Ms: Math.max(a.loopDelayP99Ms, b.loopDelayP99Ms),
  each: [...a.each, ...b.each],
});

export function environmentOf(iotctlVersion: string): Environment {
  return {
    iotctl: iotctlVersion,
    node: process.version,
    os: `${type()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    openFilesMax: openFilesMax(),
    localPorts: localPorts(),
    somaxconn: numbersIn('/proc/sys/net/core/somaxconn')?.[0] ?? null,
  };
}

function cpuMs(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1000;
}

/** Linux, proc(5): the soft limit comes first. */
function openFilesMax(): number | null {
  const line = textOf('/proc/self/limits')
    ?.split('\n')
    .find(text => text.startsWith('Max open files'));
  const soft = Number(line?.split(/\s{2,}/)[1]);
  return Number.isFinite(soft) && soft > 0 ? soft : null;
}

function localPorts(): Environment['localPorts'] {
  const [first, last] = numbersIn('/proc/sys/net/ipv4/ip_local_port_range') ?? [];
  return first === undefined || last === undefined ? null : {first, last};
}

const numbersIn = (file: string): number[] | undefined => textOf(file)?.trim().split(/\s+/).map(Number);

/** Undefined on systems that have no such file. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
