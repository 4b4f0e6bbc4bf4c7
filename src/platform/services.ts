/** What the main thread does between the threads and the API: commands, twins, configurations, changes, regular work. */
import type {CredentialUse, RefusedPeer} from '../broker/tellings.js';
import {CommandControl} from '../control/command-control.js';
import {ConfigurationWork} from '../control/configuration-work.js';
import {DesiredDelivery} from '../control/desired-delivery.js';
import {TwinReports} from '../control/twin-reports.js';
import {type NewEvent, ownEvent, type StoredEvent} from '../domain/event.js';
import type {EventHistory, EventQuery} from '../tail/history.js';
import {historyOf} from './api-ports.js';
import {backfillStore, backfillStream} from './backfill-stream.js';
import {ConsumerFiles} from './consumer-files.js';
import {ConsumerPart} from './consumer-part.js';
import type {Foundation} from './foundation.js';
import {deviceErrorOf, gatewayBans, gatewayNews, tenantData, tenantHistory} from './gateway-links.js';
import {NotableConsumer} from './notable-consumer.js';
import {Office} from './office.js';
import {OutboxDrain} from './outbox-drain.js';
import {isLoopback} from './ports.js';
import {QuotaWatch} from './quota-watch.js';
import {RetentionWatch} from './retention-watch.js';
import {StaleWatch} from './stale-watch.js';
import {streamEffects} from './stream-effects.js';
import type {Threads} from './threads.js';

export class Services {
  readonly control: CommandControl;
  readonly desired: DesiredDelivery;
  readonly #base: Foundation;
  readonly #threads: Threads;
  readonly #outbox: OutboxDrain;
  readonly #configurations: ConfigurationWork;
  readonly #notable: NotableConsumer;
  #office: Office | undefined;
  #consumers: ConsumerPart | undefined;
  readonly #consumerFiles: ConsumerFiles;

  constructor(base: Foundation, threads: Threads) {
    const {registry, onFault, log, folder, options} = base;
    const {gateway, reader} = threads;
    this.#base = base;
    this.#consumerFiles = new ConsumerFiles({
      folder: options.consumerFolder ?? folder.consumers,
      settled: async () => await this.#consumers?.settled(),
    });
    this.#threads = threads;
    this.control = new CommandControl({
      registry,
      deliver: delivery => gateway.port.call('deliver', delivery),
      publishEvent: this.#append,
    });
    this.desired = new DesiredDelivery({
      registry,
      send: documents => gateway.port.notify('wholeTwins', documents),
      onFault,
    });
    const outbox = new OutboxDrain({registry, reader, append: this.#append, onFault});
    this.#outbox = outbox;
    this.#configurations = new ConfigurationWork({
      registry,
      tell: changes => gateway.port.notify('twinPatches', changes),
      onEvents: outbox.wake,
      onFault,
    });
    const reports = new TwinReports(registry, refused => {
      outbox.wake();
      gateway.port.notify('deviceErrors', refused.map(deviceErrorOf));
    });
    const tampered = (event: StoredEvent): Promise<void> => this.office.tampered(event);
    const effects = streamEffects({registry, control: this.control, reports, tampered});
    this.#notable = new NotableConsumer(reader, effects, log.logger);
  }

  /** Whoever administers; there once that has been started. */
  get office(): Office {
    if (!this.#office) throw new Error('administration has not been started yet');
    return this.#office;
  }

  /** Whoever is sent events by the platform; there once that has been started. */
  get consumers(): ConsumerPart {
    if (!this.#consumers) throw new Error('consumers have not been started yet');
    return this.#consumers;
  }

  /** Takes up what a platform before this one left, then begins with the rest. */
  async start(): Promise<void> {
    const {started} = this.#base;
    await this.control.start();
    started.add(() => this.control.close());
    started.add(() => this.desired.close());
    started.add(() => this.#outbox.close());
    this.#outbox.wake();
    started.add(() => this.#configurations.close());
    this.#configurations.wake();
    const office = this.#newOffice();
    this.#office = office;
    started.add(() => office.close());
    this.#startWatches(office);
    await this.#notable.start();
    started.add(() => this.#notable.close());
    this.#startConsumers(office);
  }

  /** Everything before `head` is on disk. */
  committed(head: number, notable: readonly number[]): void {
    this.#notable.committed(head, notable);
    this.#consumers?.committed(head);
  }

  /** Peers that the gateway did not let in, or not let do something. */
  async refused(peers: readonly RefusedPeer[]): Promise<void> {
    await this.#office?.refused(peers);
  }

  /** Credentials that were used. */
  async used(uses: readonly CredentialUse[]): Promise<void> {
    await this.#office?.used(uses);
  }

  readonly #append = (event: NewEvent): Promise<number> => this.#threads.gateway.port.call('append', event);

  readonly #history = (tenant: string, query: EventQuery): Promise<EventHistory> =>
    historyOf(this.#threads.store, tenant, query);

  #newOffice(): Office {
    const {options, folder, registry, root, onFault} = this.#base;
    const {gateway, store, reader} = this.#threads;
    const onConsumers = (): void => this.#consumers?.changed();
    return new Office({
      registry,
      news: gatewayNews(gateway, onConsumers),
      commands: this.control,
      data: tenantData(gateway, store, this.#consumerFiles),
      consumerFiles: this.#consumerFiles,
      history: tenantHistory(store),
      bans: gatewayBans(gateway),
      root,
      filesFolder: folder.files,
      uploadStore: backfillStore(gateway, store),
      allowExec: options.allowExec ?? false,
      onConsumers,
      stream: backfillStream({gateway, reader, history: this.#history}),
      onLoopback: isLoopback(options.host),
      onEvents: () => {
        this.#outbox.wake();
        // What somebody changed may be a device, or a configuration.
        this.#configurations.wake();
      },
      onFault,
    });
  }

  #startWatches({admin: {tenants, retention}}: Office): void {
    const {registry, started, onFault} = this.#base;
    const {gateway} = this.#threads;
    const quotas = new QuotaWatch({
      tenants,
      publishEvent: this.#append,
      setStorageFull: change => {
        gateway.port.notify('storageFull', change);
        this.#consumers?.storageFull(change);
      },
      onFault,
    });
    started.add(() => quotas.close());
    const ages = new RetentionWatch({tenants, retention, onFault});
    started.add(() => ages.close());
    const silence = new StaleWatch({staleness: registry.staleness, publishEvent: this.#append, onFault});
    started.add(() => silence.close());
  }

  #startConsumers({admin: {consumerDesk}}: Office): void {
    const {options, folder, registry, log, started, logNotice} = this.#base;
    const consumers = new ConsumerPart({
      registry,
      desk: consumerDesk,
      history: this.#history,
      streamFolder: folder.stream,
      filesFolder: options.consumerFolder ?? folder.consumers,
      allowExec: options.allowExec ?? false,
      logger: log.logger,
      log: notice => logNotice('consumers', notice),
      onRestart: reason => this.onRestart('consumers', reason),
    });
    this.#consumers = consumers;
    started.add(() => consumers.close());
    consumers.changed();
  }

  /** A fault ended a part, and it was started again. */
  onRestart(part: 'gateway' | 'store' | 'consumers', reason: string): void {
    const {registry, quietly} = this.#base;
    if (part === 'gateway') {
      quietly(registry.connectivity.markAllOffline(Date.now()));
      quietly(this.control.onGatewayLost());
    }
    quietly(this.#append(ownEvent({type: 'platform.part_restarted', data: {part, reason}})));
  }
}
