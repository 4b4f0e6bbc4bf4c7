/** Consumers as the platform sees them: a thread that is started when there is the first, and stays. */
import type {ConsumerDesk} from '../admin/consumer-desk.js';
import type {Tally} from '../consumers/tally.js';
import {programFile} from '../domain/package-files.js';
import type {Registry} from '../registry/registry.js';
import type {EventHistory, EventQuery} from '../tail/history.js';
import type {ConsumerOffers, ConsumerThreadData, OffersToConsumers} from './consumer-offers.js';
import type {Logger} from './log.js';
import {Part} from './part.js';
import type {LogNotice} from './thread-log.js';

export interface ConsumerPartOptions extends ConsumerThreadData {
  readonly registry: Registry;
  readonly desk: ConsumerDesk;
  readonly history: (tenant: string, query: EventQuery) => Promise<EventHistory>;
  readonly logger: Logger;
  readonly log: (notice: LogNotice) => void;
  readonly onRestart: (reason: string) => void;
}

export class ConsumerPart {
  readonly #options: ConsumerPartOptions;
  readonly #part: Part<ConsumerOffers, undefined>;
  #started: Promise<boolean> | undefined;
  #runs = false;
  #again = false;
  #closed = false;

  constructor(options: ConsumerPartOptions) {
    this.#options = options;
    const {streamFolder, filesFolder, allowExec, logger} = options;
    this.#part = new Part({
      name: 'consumers',
      module: programFile('platform/consumer-thread.js'),
      data: (): ConsumerThreadData => ({streamFolder, filesFolder, allowExec}),
      offers: this.#offers(),
      logger,
      onRestart: options.onRestart,
    });
  }

  /** There may be others to run, or nothing any more for some. */
  readonly changed = (): void => {
    if (this.#closed) return;
    this.#again = true;
    if (this.#runs) this.#part.port.notify('changed', undefined);
    else this.#started ??= this.#start();
  };

  committed(head: number): void {
    if (this.#runs) this.#part.port.notify('committed', head);
  }

  /** When its thread was started last; null before there was a consumer. */
  get startedMs(): number | null {
    return this.#runs ? this.#part.startedMs : null;
  }

  get restarts(): number {
    return this.#part.restarts;
  }

  /** Of those that run; none while the thread is started again. */
  async tallies(): Promise<readonly Tally[]> {
    return this.#runs ? await this.#part.port.call('tallies', undefined).catch(() => []) : [];
  }

  /** A tenant's quota of storage is used up, or is so no longer. */
  storageFull(change: {tenant: string; full: boolean}): void {
    if (this.#runs) this.#part.port.notify('storageFull', change);
  }

  /** Once those that are paused or deleted by now write nothing any more. Throws `IOT_PART_UNAVAILABLE`. */
  async settled(): Promise<void> {
    // Where no thread is, none writes; one that is started later asks first who should run.
    if (await this.#started) await this.#part.port.call('settled', undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (await this.#started) await this.#part.stop(() => this.#part.port.call('close', undefined));
  }

  /** Resolves with whether it runs now. */
  async #start(): Promise<boolean> {
    this.#again = false;
    try {
      if ((await this.#options.desk.running()).length === 0) return false;
      await this.#part.start();
      this.#runs = true;
      // Whatever changed while it was started.
      this.#part.port.notify('changed', undefined);
      return true;
    } catch (error) {
      this.#options.logger.error(
        {part: 'consumers', reason: (error as Error).message},
        'could not be started',
      );
      return false;
    } finally {
      if (!this.#runs) {
        this.#started = undefined;
        if (this.#again) this.changed();
      }
    }
  }

  #offers(): Omit<OffersToConsumers, 'ready'> {
    const {registry, desk, history, log} = this.#options;
    return {
      running: () => desk.running(),
      progressed: all => desk.progressed(all),
      putAside: refused => desk.putAside(refused),
      replays: of => desk.replays(of),
      replayed: of => desk.replayed(of),
      begins: of => desk.begins(of),
      deviceTraits: ({tenant, device}) => registry.devices.facts(tenant, device),
      history: ({tenant, query}) => history(tenant, query),
      log,
    };
  }
}
