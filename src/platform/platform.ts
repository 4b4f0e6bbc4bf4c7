/**
 * The platform: starts its parts in order, connects them, watches them, and stops them in the reverse order.
 *
 * Main thread: registry, control, API. Gateway thread: sockets, broker, the stream's writer. Store thread: DuckDB.
 */
import {banOf} from '../admin/ban-admin.js';
import type {ApiOptions} from '../api/server.js';
import {CommandControl} from '../control/command-control.js';
import {ConfigurationWork} from '../control/configuration-work.js';
import {DesiredDelivery} from '../control/desired-delivery.js';
import {TwinReports} from '../control/twin-reports.js';
import type {Ban} from '../domain/ban.js';
import type {NewEvent, StoredEvent} from '../domain/event.js';
import {openRegistry, type Registry} from '../registry/registry.js';
import type {StreamReader} from '../stream/event-stream.js';
import {openStreamReader} from '../stream/lmdb-stream.js';
import {addressOf, deviceDoors} from './address.js';
import {apiPorts, historyOf} from './api-ports.js';
import {backfillStore, backfillStream} from './backfill-stream.js';
import {Certificates, type ServerTls} from './certificates.js';
import {connectivityChanges} from './connectivity-changes.js';
import {ConsumerBoard} from './consumer-board.js';
import {ConsumerPart} from './consumer-part.js';
import {type DataFolder, openDataFolder} from './data-folder.js';
import {deviceErrorOf, gatewayBans, gatewayNews, tenantData, tenantHistory} from './gateway-links.js';
import type {GatewayOffers, GatewayPorts, GatewayThreadData, OffersToGateway} from './gateway-offers.js';
import {openKeys} from './key-folder.js';
import {openLog, type PlatformLog} from './log.js';
import {provisionByMqtt} from './mqtt-provisioning.js';
import {NotableConsumer} from './notable-consumer.js';
import {Office} from './office.js';
import type {PlatformAddress, PlatformOptions} from './options.js';
import {OutboxDrain} from './outbox-drain.js';
import {Part} from './part.js';
import {checkPortsFree, isLoopback, type Ports} from './ports.js';
import {QuotaWatch} from './quota-watch.js';
import {RetentionWatch} from './retention-watch.js';
import {StaleWatch} from './stale-watch.js';
import {StatusBoard} from './status-board.js';
import type {OffersToStore, StoreOffers, StoreThreadData} from './store-offers.js';
import type {LogNotice} from './thread-log.js';

/** How long a stop waits for the store to take what the stream still holds. The rest is stored at the next start. */
const CATCH_UP_MS = 1500;

export class Platform {
  readonly #options: PlatformOptions;
  readonly #folder: DataFolder;
  readonly #log: PlatformLog;
  readonly #certificates: Certificates;
  readonly #headListeners = new Set<(head: number) => void>();
  #registry!: Registry;
  #reader!: StreamReader;
  #control!: CommandControl;
  #desired: DesiredDelivery | undefined;
  #consumer!: NotableConsumer;
  #consumers: ConsumerPart | undefined;
  #office!: Office;
  #tls: ServerTls | undefined;
  #bans: readonly Ban[] = [];
  #gateway!: Part<GatewayOffers, GatewayPorts>;
  #store!: Part<StoreOffers, undefined>;
  #ports: Ports;
  #stopped: Promise<void> | undefined;
  readonly #started: (() => Promise<void>)[] = [];
  readonly #shutdownListeners: (() => void)[] = [];

  private constructor(options: PlatformOptions, folder: DataFolder) {
    this.#options = options;
    this.#folder = folder;
    this.#certificates = new Certificates(folder.tls);
    this.#ports = options.ports;
    this.#log = openLog({file: folder.logFile, print: options.print});
  }

  /** Throws `IOT_PORT_TAKEN`, `IOT_DATA_HELD` or `IOT_DATA_CORRUPT`; then nothing is left running. */
  static async start(options: PlatformOptions): Promise<{platform: Platform; address: PlatformAddress}> {
    // Whatever a library of ours creates is readable by its owner only.
    process.umask(0o077);
    await checkPortsFree(options.host, options.ports);
    const platform = new Platform(options, openDataFolder(options.dataFolder));
    try {
      return {platform, address: await platform.#start()};
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }

  /** Called when someone asked for the platform's end through the API. */
  onShutdownAsked(listener: () => void): void {
    this.#shutdownListeners.push(listener);
  }

  /** Stops accepting, flushes, closes; safe to call twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<PlatformAddress> {
    const startedAt = new Date().toISOString();
    this.#registry = await openRegistry(this.#folder.registry, openKeys(this.#folder.keys));
    this.#started.push(() => this.#registry.close());
    const made = await this.#registry.bootstrap(Date.now());
    if (made !== undefined) this.#folder.adminToken.write(made);
    await this.#registry.connectivity.markAllOffline(Date.now());
    const {tls} = this.#options;
    this.#tls = tls && (await this.#certificates.server(this.#options.host, tls));
    await this.#startThreads();
    await this.#startControl();
    await this.#startApi(startedAt);
    const address = addressOf({
      host: this.#options.host,
      ports: this.#ports,
      tls: this.#tls,
      dataFolder: this.#folder.path,
      pid: process.pid,
      adminToken: this.#folder.adminToken.read(),
    });
    this.#folder.describe({pid: process.pid, apiUrl: address.apiUrl, startedAt});
    this.#log.logger.info({mqtt: address.mqttUrl, ws: address.wsUrl, api: address.apiUrl}, 'ready');
    if (address.authority) this.#log.logger.info(address.authority, 'clients have to trust this authority');
    return address;
  }

  /** The gateway opens the stream for writing; the store thread loads meanwhile, and reads it after that. */
  async #startThreads(): Promise<void> {
    const erased = await this.#registry.tenants.deleted();
    this.#bans = (await this.#registry.bans.list(Date.now())).map(banOf);
    this.#gateway = new Part({
      name: 'gateway',
      module: new URL('./gateway-thread.js', import.meta.url),
      data: (): GatewayThreadData => ({
        host: this.#options.host,
        ports: this.#gatewayPorts(),
        tls: this.#tls && {certificatePem: this.#tls.certificatePem, keyPem: this.#tls.keyPem},
        limits: this.#options.limits ?? {},
        bans: this.#bans,
        retention: this.#options.retention,
        streamFolder: this.#folder.stream,
        sessionsFolder: this.#folder.sessions,
      }),
      offers: this.#offersToGateway(),
      logger: this.#log.logger,
      onRestart: reason => this.#onRestart('gateway', reason),
    });
    this.#store = new Part({
      name: 'store',
      module: new URL('./store-thread.js', import.meta.url),
      data: (): StoreThreadData => ({
        streamFolder: this.#folder.stream,
        storeFolder: this.#folder.store,
        archiveFolder: this.#folder.archive,
        erased,
      }),
      offers: {
        log: notice => this.#logNotice('store', notice),
        modelVersions: ({tenant, name}) => this.#registry.models.versions(tenant, name),
        registryRows: request => this.#registry.queryRows(request),
      } satisfies Omit<OffersToStore, 'ready'>,
      logger: this.#log.logger,
      onRestart: reason => this.#onRestart('store', reason),
    });
    const gateway = this.#gateway.start();
    this.#started.push(() => this.#gateway.stop(() => this.#gateway.port.call('close', undefined)));
    const store = this.#store.start();
    this.#started.push(() =>
      this.#store.stop(() => this.#store.port.call('close', {catchUpMs: CATCH_UP_MS})),
    );
    // Loading the API takes as long as the threads do: meanwhile, not before and not after.
    const [opened] = await Promise.all([gateway, store, import('../api/server.js')]);
    this.#ports = {...this.#ports, ...opened};
    this.#reader = await openStreamReader(this.#folder.stream);
    this.#started.push(() => this.#reader.close());
  }

  async #startControl(): Promise<void> {
    this.#control = new CommandControl({
      registry: this.#registry,
      deliver: delivery => this.#gateway.port.call('deliver', delivery),
      publishEvent: event => this.#gateway.port.call('append', event),
    });
    await this.#control.start();
    this.#started.push(() => this.#control.close());
    const onFault = (error: Error): void => this.#log.logger.error({reason: error.message}, 'a step failed');
    const desired = new DesiredDelivery({
      registry: this.#registry,
      send: documents => this.#gateway.port.notify('wholeTwins', documents),
      onFault,
    });
    this.#desired = desired;
    this.#started.push(() => desired.close());
    const outbox = new OutboxDrain({
      registry: this.#registry,
      reader: this.#reader,
      append: event => this.#gateway.port.call('append', event),
      onFault,
    });
    this.#started.push(() => outbox.close());
    outbox.wake();
    const configurations = new ConfigurationWork({
      registry: this.#registry,
      tell: changes => this.#gateway.port.notify('twinPatches', changes),
      onEvents: outbox.wake,
      onFault,
    });
    this.#started.push(() => configurations.close());
    configurations.wake();
    this.#office = new Office({
      registry: this.#registry,
      news: gatewayNews(this.#gateway, () => this.#consumers?.changed()),
      commands: this.#control,
      data: tenantData(this.#gateway, this.#store, {
        eraseTenant: async tenant => await this.#consumers?.eraseTenant(tenant),
      }),
      history: tenantHistory(this.#store),
      bans: gatewayBans(this.#gateway),
      root: this.#certificates.root,
      filesFolder: this.#folder.files,
      uploadStore: backfillStore(this.#gateway, this.#store),
      allowExec: this.#options.allowExec ?? false,
      onConsumers: () => this.#consumers?.changed(),
      stream: backfillStream({
        gateway: this.#gateway,
        reader: this.#reader,
        history: (tenant, query) => historyOf(this.#store, tenant, query),
      }),
      onLoopback: isLoopback(this.#options.host),
      onEvents: () => {
        outbox.wake();
        // What somebody changed may be a device, or a configuration.
        configurations.wake();
      },
      onFault,
    });
    this.#started.push(() => this.#office.close());
    const watch = new QuotaWatch({
      tenants: this.#office.admin.tenants,
      publishEvent: event => this.#gateway.port.call('append', event),
      setStorageFull: change => this.#gateway.port.notify('storageFull', change),
      onFault,
    });
    this.#started.push(() => watch.close());
    const retention = new RetentionWatch({
      tenants: this.#office.admin.tenants,
      retention: this.#office.admin.retention,
      onFault,
    });
    this.#started.push(async () => retention.close());
    const silence = new StaleWatch({
      staleness: this.#registry.staleness,
      publishEvent: event => this.#gateway.port.call('append', event),
      onFault,
    });
    this.#started.push(() => silence.close());
    const reports = new TwinReports(this.#registry, refused => {
      outbox.wake();
      this.#gateway.port.notify('deviceErrors', refused.map(deviceErrorOf));
    });
    this.#consumer = new NotableConsumer(
      this.#reader,
      {
        streamBegins: head => this.#registry.twins.forgetOffsetsFrom(head),
        twins: events => reports.apply(events),
        connectivity: events => this.#registry.connectivity.apply(connectivityChanges(events)),
        command: event => this.#onDeviceMessage(event),
        tamper: event => this.#office.tampered(event),
      },
      this.#log.logger,
    );
    await this.#consumer.start();
    this.#started.push(() => this.#consumer.close());
    this.#startConsumers();
  }

  #startConsumers(): void {
    const consumers = new ConsumerPart({
      registry: this.#registry,
      desk: this.#office.admin.consumerDesk,
      history: (tenant, query) => historyOf(this.#store, tenant, query),
      streamFolder: this.#folder.stream,
      filesFolder: this.#options.consumerFolder ?? this.#folder.consumers,
      allowExec: this.#options.allowExec ?? false,
      logger: this.#log.logger,
      log: notice => this.#logNotice('consumers', notice),
      onRestart: reason => this.#onRestart('consumers', reason),
    });
    this.#consumers = consumers;
    this.#started.push(() => consumers.close());
    consumers.changed();
  }

  async #startApi(startedAt: string): Promise<void> {
    const consumers = new ConsumerBoard({
      registry: this.#registry,
      reader: this.#reader,
      part: this.#consumers!,
    });
    const status = new StatusBoard({
      startedAt,
      version: this.#options.version,
      folder: this.#folder.path,
      gateway: this.#gateway,
      store: this.#store,
      consumers,
      reader: this.#reader,
      registry: this.#registry,
    });
    this.#started.push(async () => status.close());
    await this.#openApi({
      host: this.#options.host,
      names: this.#tls?.names,
      version: this.#options.version,
      onBug: (error, traceId) =>
        this.#log.logger.error({part: 'api', traceId, stack: error.stack}, error.message),
      ports: apiPorts({
        admin: this.#office.admin,
        registry: this.#registry,
        control: this.#control,
        gateway: this.#gateway,
        store: this.#store,
        reader: this.#reader,
        doors: () => deviceDoors({host: this.#options.host, ports: this.#ports, tls: this.#tls}),
        status: () => status.status(),
        consumerStatus: () => consumers.each(),
        log: this.#log,
        logFile: this.#folder.logFile,
        onHead: listener => {
          this.#headListeners.add(listener);
          return () => this.#headListeners.delete(listener);
        },
        shutdown: () => this.#askShutdown(),
      }),
    });
  }

  /** The same API at each of its doors. */
  async #openApi(options: Omit<ApiOptions, 'port' | 'tls'>): Promise<void> {
    const {startApi} = await import('../api/server.js');
    for (const [door, tls] of [
      ['api', undefined],
      ['https', this.#tls],
    ] as const) {
      const port = this.#ports[door];
      if (port === undefined) continue;
      const api = await startApi({...options, port, tls});
      this.#ports = {...this.#ports, [door]: api.port};
      this.#started.push(() => api.close());
    }
  }

  #gatewayPorts(): GatewayPorts {
    const {mqtt, ws, mqtts, wss} = this.#ports;
    return {mqtt, ws, mqtts, wss};
  }

  #offersToGateway(): Omit<OffersToGateway, 'ready'> {
    return {
      provision: question =>
        provisionByMqtt(this.#office.admin, question, error =>
          this.#log.logger.error({part: 'provisioning', stack: error.stack}, error.message),
        ),
      identify: leafDer => this.#office.identify(leafDer),
      loadModel: async ({tenant, name, version}) =>
        (await this.#registry.models.find(tenant, {name, version}))?.spec,
      modelFaults: faults => this.#quietly(this.#registry.models.addFaults(faults)),
      lookUp: requests => this.#registry.identities.lookUp(requests),
      committed: ({head, notable}) => {
        this.#store.port.notify('wake', head);
        for (const listener of this.#headListeners) listener(head);
        this.#consumer?.committed(head, notable);
        this.#consumers?.committed(head);
      },
      commandReady: ({tenant, device}) => this.#quietly(this.#control?.deviceOnline(tenant, device)),
      delivered: ({id}) => this.#quietly(this.#control?.onDelivered(id)),
      undelivered: ({ids}) => {
        for (const id of ids) this.#quietly(this.#control?.onUndelivered(id));
      },
      twinsWanted: devices => this.#desired?.wanted(devices),
      seen: devices => this.#quietly(this.#registry.connectivity.applySeen(devices)),
      refused: peers => this.#quietly(this.#office?.refused(peers)),
      used: uses => this.#quietly(this.#office?.used(uses)),
      log: notice => this.#logNotice('gateway', notice),
    };
  }

  async #onDeviceMessage({tenant, device, type, attributes, payload}: StoredEvent): Promise<void> {
    const id = attributes?.causationid ?? '';
    const stage = type.slice('command.'.length) as 'ack' | 'progress' | 'result';
    await this.#control.onDeviceMessage({tenant, device, id, stage, payload});
  }

  #onRestart(part: 'gateway' | 'store' | 'consumers', reason: string): void {
    if (part === 'gateway') {
      this.#quietly(this.#registry.connectivity.markAllOffline(Date.now()));
      this.#quietly(this.#control.onGatewayLost());
    }
    if (part === 'store') this.#store.port.notify('wake', this.#reader.head());
    const event: NewEvent = {
      tenant: '',
      device: '',
      type: 'platform.part_restarted',
      component: '',
      timeMs: undefined,
      recordedMs: Date.now(),
      contentType: 'application/json',
      payload: Buffer.from(JSON.stringify({part, reason})),
      attributes: undefined,
    };
    this.#quietly(this.#gateway.port.call('append', event));
  }

  #askShutdown(): void {
    for (const listener of this.#shutdownListeners) listener();
  }

  async #stop(): Promise<void> {
    for (const stop of this.#started.reverse()) {
      await stop().catch((error: Error) =>
        this.#log.logger.error({reason: error.message}, 'a part did not stop cleanly'),
      );
    }
    this.#log.logger.info('stopped');
    this.#log.close();
    this.#folder.release();
  }

  #logNotice(part: string, {level, message, details}: LogNotice): void {
    this.#log.logger[level]({part, ...details}, message);
  }

  /** For work that nobody waits for: a failure is logged. */
  #quietly(work: Promise<unknown> | undefined): void {
    work?.catch((error: Error) => this.#log.logger.error({reason: error.message}, 'a step failed'));
  }
}
