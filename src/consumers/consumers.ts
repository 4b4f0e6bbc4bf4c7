/** Runs the consumers of all tenants: each by itself, so that none of them waits for another. */
import {shareReads} from '../tail/shared-reader.js';
import {ConsumerRun} from './consumer-run.js';
import type {ConsumerId, ConsumerPorts, ConsumerSpec, Progressed} from './ports.js';
import type {Sink} from './sink.js';
import {newTally, type Tally} from './tally.js';

export interface ConsumersOptions {
  readonly ports: ConsumerPorts;
  readonly openSink: (spec: ConsumerSpec) => Sink;
  /** How often it is written down where they are; after a crash so much comes again. */
  readonly writeEveryMs?: number | undefined;
  /** The wait before the first further attempt. */
  readonly firstRetryMs?: number | undefined;
  /** What is under way when a consumer ends has so long for its answer. */
  readonly graceMs?: number | undefined;
}

const WRITE_EVERY_MS = 1000;

/** Who has nothing new to say says so this often. */
const STILL_HERE_MS = 60_000;

const GRACE_MS = 1000;

interface Running {
  readonly run: ConsumerRun;
  told: Progressed | undefined;
  toldMs: number;
}

export class Consumers {
  readonly #options: ConsumersOptions;
  readonly #ports: ConsumerPorts;
  readonly #running = new Map<string, Running>();
  readonly #tallies = new Map<string, Tally>();
  readonly #timer: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();
  /** Asked for, and not begun yet. */
  #next: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: ConsumersOptions) {
    this.#options = options;
    this.#ports = {...options.ports, stream: shareReads(options.ports.stream)};
    this.#timer = setInterval(() => this.#write(), options.writeEveryMs ?? WRITE_EVERY_MS);
  }

  /** Consumers were made, changed or deleted, or events were put on their way again. */
  readonly changed = (): void => {
    // A fault is told of once, by whoever ran into it.
    if (!this.#closed) this.settled().catch(() => undefined);
  };

  /** Once those that should not run by now have ended, and what they wrote to is closed. Rejects where that is not certain. */
  settled(): Promise<void> {
    if (this.#next) return this.#next;
    const next = this.#work.then(() => this.#reconcile());
    this.#next = next;
    this.#work = next.catch((error: Error) => this.#ports.onFault(error));
    return next;
  }

  /** Of those that run. */
  tallies(): Tally[] {
    return [...this.#tallies.values()];
  }

  /** Lets what is under way end, and writes down where they are. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#work;
    await Promise.all([...this.#running.keys()].map(key => this.#end(key)));
    await this.#writing;
  }

  async #reconcile(): Promise<void> {
    this.#next = undefined;
    const wanted = new Map((await this.#ports.running()).map(spec => [keyOf(spec), spec]));
    const gone = [...this.#running.keys()].filter(key => !wanted.has(key));
    await Promise.all(gone.map(key => this.#end(key)));
    this.#keepTallies([...wanted.values()]);
    for (const [key, spec] of wanted) {
      const running = this.#running.get(key);
      if (running) running.run.replay();
      else if (!this.#closed) this.#begin(key, spec);
    }
  }

  #keepTallies(running: readonly ConsumerSpec[]): void {
    const names = new Set(running.map(nameOf));
    for (const name of this.#tallies.keys()) if (!names.has(name)) this.#tallies.delete(name);
    for (const spec of running)
      if (!this.#tallies.has(nameOf(spec))) this.#tallies.set(nameOf(spec), newTally(spec));
  }

  #begin(key: string, spec: ConsumerSpec): void {
    const {openSink, firstRetryMs} = this.#options;
    const tally = this.#tallies.get(nameOf(spec))!;
    const run = new ConsumerRun({spec, sink: openSink(spec), ports: this.#ports, tally, firstRetryMs});
    this.#running.set(key, {run, told: undefined, toldMs: Date.now()});
    run.start();
  }

  /** What it has done is written down in any case; where it was changed meanwhile, that says nothing any more. */
  async #end(key: string): Promise<void> {
    const running = this.#running.get(key);
    if (running === undefined) return;
    this.#running.delete(key);
    await running.run.stop(this.#options.graceMs ?? GRACE_MS);
    await this.#ports
      .progressed([running.run.progressed()])
      .catch((error: Error) => this.#ports.onFault(error));
  }

  #write(): void {
    this.#writing ??= this.#tell()
      .catch((error: Error) => this.#ports.onFault(error))
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #tell(): Promise<void> {
    const nowMs = Date.now();
    const news = [...this.#running.values()]
      .map(running => ({running, now: running.run.progressed()}))
      .filter(({running, now}) => isNews(running, now, nowMs));
    if (news.length === 0) return;
    await this.#ports.progressed(news.map(({now}) => now));
    for (const {running, now} of news) {
      running.told = now;
      running.toldMs = nowMs;
    }
  }
}

/** Who fails says so each time: how long it has been matters. */
const isNews = ({told, toldMs}: Running, now: Progressed, nowMs: number): boolean =>
  now.problem !== null ||
  told?.problem !== now.problem ||
  told.offset !== now.offset ||
  nowMs - toldMs >= STILL_HERE_MS;

const nameOf = ({tenant, name}: ConsumerId): string => `${tenant}/${name}`;

const keyOf = (spec: ConsumerSpec): string => `${nameOf(spec)}/${spec.epoch}`;
