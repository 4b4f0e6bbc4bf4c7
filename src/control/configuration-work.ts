/**
 * Brings configurations to devices, and takes them away again: in small transactions with others' turns between them,
 * each of which can be repeated. What is left to do is in the registry, so that a platform which was killed goes on.
 */
import {setImmediate as othersTurn} from 'node:timers/promises';
import type {StoredConfiguration} from '../registry/configuration-row.js';
import {beginStage, configurationEvent, patchesLaid} from '../registry/configuration-stages.js';
import type {DesiredChange} from '../registry/desired-news.js';
import type {Registry} from '../registry/registry.js';
import {choosesDevice, layConfigurations, layerName} from './configuration-layers.js';

export interface ConfigurationWorkParts {
  readonly registry: Registry;
  /** Desired documents changed: connected devices have to hear of it. */
  readonly tell: (changes: readonly DesiredChange[]) => void;
  /** There are events in the outbox. */
  readonly onEvents: () => void;
  readonly onFault: (error: Error) => void;
  /** How often it is looked at what devices answered; a second where it is not said. */
  readonly judgeEveryMs?: number;
}

/** Devices of one transaction, which holds the thread. */
const AT_ONCE = 50;
/** Devices that are looked at, of which a selector may choose few. */
const LOOKED_AT_ONCE = 200;

/** What devices answered is looked at this often, and what failed is tried again. */
const EVERY_MS = 1000;

export class ConfigurationWork {
  readonly #parts: ConfigurationWorkParts;
  readonly #timer: NodeJS.Timeout;
  /** When it was last counted what became of a configuration. */
  readonly #judgedMs = new Map<string, number>();
  #work: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(parts: ConfigurationWorkParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.wake(), parts.judgeEveryMs ?? EVERY_MS).unref();
  }

  /** There may be something to do. */
  readonly wake = (): void => {
    this.#again = true;
    if (this.#closed) return;
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
  };

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#work;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        while (!this.#closed && (await this.#step())) await othersTurn();
      }
    } catch (error) {
      this.#parts.onFault(error as Error);
    }
  }

  /** A part of what there is to do; false where there is nothing left. */
  async #step(): Promise<boolean> {
    let worked = await this.#lookAtDirty();
    for (const configuration of await this.#parts.registry.configurations.open()) {
      if (this.#closed) return false;
      if (await this.#stepOf(configuration)) worked = true;
      await othersTurn();
    }
    return worked;
  }

  async #stepOf(configuration: StoredConfiguration): Promise<boolean> {
    switch (configuration.phase) {
      case 'scanning':
        return await this.#scan(configuration);
      case 'laying':
        return configuration.stopReason === null && (await this.#lay(configuration));
      case 'withdrawing':
        return await this.#withdraw(configuration);
      case 'settled':
        return await this.#judge(configuration);
    }
  }

  /** Devices that are new, or that selectors may choose otherwise now. */
  async #lookAtDirty(): Promise<boolean> {
    const dirty = await this.#parts.registry.configurations.dirty(AT_ONCE);
    if (dirty.length === 0) return false;
    await this.#change(async registry => {
      const news: DesiredChange[] = [];
      for (const tenant of new Set(dirty.map(one => one.tenant))) {
        const ids = dirty.filter(one => one.tenant === tenant).map(({device}) => device);
        news.push(...(await layConfigurations(registry, tenant, ids, 'configurations')));
      }
      await registry.configurations.clean(dirty);
      return news;
    });
    return true;
  }

  /** Finds the devices that it is about, from the first to the last. */
  async #scan(configuration: StoredConfiguration): Promise<boolean> {
    const {registry} = this.#parts;
    const {tenant, name, scannedTo} = configuration;
    const seen = await registry.devices.after(tenant, scannedTo, LOOKED_AT_ONCE);
    if (seen.length === 0) return await this.#beginStage(configuration, configuration.stage);
    const ids = seen.map(({id}) => id);
    const held = new Set(
      (await registry.configurations.targetsOf(tenant, ids))
        .filter(target => target.configuration === name)
        .map(({device}) => device),
    );
    const concerned = seen.filter(device => held.has(device.id) || choosesDevice(configuration, device));
    const now = concerned.slice(0, AT_ONCE).map(({id}) => id);
    const isWhole = now.length === concerned.length;
    await this.#change(async inside => {
      // Somebody may have changed it meanwhile, and the search begins anew.
      const present = await inside.configurations.find(tenant, name);
      if (present?.revision !== configuration.revision || present.phase !== 'scanning') return [];
      const news = await layConfigurations(inside, tenant, now, layerName(name));
      await inside.configurations.update(configuration, {scanned_to: isWhole ? ids.at(-1)! : now.at(-1)!});
      return news;
    });
    return true;
  }

  /** Gives it to some of those whose turn it is; when all have it, that is done. */
  async #lay(configuration: StoredConfiguration): Promise<boolean> {
    const {tenant, name, stage, stages, revision} = configuration;
    if (this.#isTimeToJudge(configuration) && (await this.#stopIfRejected(configuration))) return true;
    const ids = await this.#parts.registry.configurations.devicesToLay(configuration, AT_ONCE);
    await this.#change(async registry => {
      if (ids.length > 0) return await layConfigurations(registry, tenant, ids, layerName(name));
      const present = await registry.configurations.find(tenant, name);
      if (present?.revision !== revision || present.phase !== 'laying') return [];
      const isLast = stage === stages.length - 1;
      const patches = JSON.stringify(await patchesLaid(registry, configuration));
      await registry.configurations.update(configuration, {phase: 'settled', patches});
      if (isLast) await registry.outbox.add([configurationEvent(configuration, 'configuration.laid', {})]);
      return [];
    });
    return true;
  }

  async #withdraw(configuration: StoredConfiguration): Promise<boolean> {
    const {tenant, name} = configuration;
    await this.#change(async registry => {
      const ids = await registry.configurations.devicesOf(configuration, AT_ONCE);
      if (ids.length > 0) return await layConfigurations(registry, tenant, ids, layerName(name));
      await registry.configurations.delete(configuration);
      await registry.outbox.add([configurationEvent(configuration, 'configuration.deleted', {})]);
      return [];
    });
    return true;
  }

  /** A stage has it: the next one begins when all of them applied it, and none does when too many rejected it. */
  async #judge(configuration: StoredConfiguration): Promise<boolean> {
    const {stopReason, stage, stages} = configuration;
    if (stopReason !== null || stage === stages.length - 1 || !this.#isTimeToJudge(configuration))
      return false;
    if (await this.#stopIfRejected(configuration)) return true;
    if (await this.#parts.registry.configurations.hasPending(configuration)) return false;
    return await this.#beginStage(configuration, stage + 1);
  }

  /** To count what became of it at many devices takes a while. */
  #isTimeToJudge({tenant, name}: StoredConfiguration): boolean {
    const key = `${tenant}/${name}`;
    const nowMs = performance.now();
    if (nowMs - (this.#judgedMs.get(key) ?? 0) < (this.#parts.judgeEveryMs ?? EVERY_MS) / 2) return false;
    this.#judgedMs.set(key, nowMs);
    return true;
  }

  async #beginStage(configuration: StoredConfiguration, stage: number): Promise<boolean> {
    await this.#change(async registry => {
      const present = await registry.configurations.find(configuration.tenant, configuration.name);
      if (present?.revision !== configuration.revision || present.phase !== configuration.phase) return [];
      await registry.outbox.add(await beginStage(registry, configuration, stage));
      return [];
    });
    return true;
  }

  async #stopIfRejected(configuration: StoredConfiguration): Promise<boolean> {
    const {registry} = this.#parts;
    const {tenant, name, rejectedPercentMax, rejectedAccepted} = configuration;
    if (rejectedPercentMax >= 100) return false;
    const counts = await registry.configurations.rejections(configuration);
    const reason = stopReasonOf(counts, {rejectedPercentMax, rejectedAccepted});
    if (reason === undefined) return false;
    await this.#change(async inside => {
      await inside.configurations.update(configuration, {stop_reason: reason});
      await inside.outbox.add([
        configurationEvent(configuration, 'configuration.stopped', {reason, by: 'platform'}),
      ]);
      await inside.record({
        timeMs: Date.now(),
        tenant,
        actor: {kind: 'system', name: 'configurations'},
        action: 'config:stop',
        target: `configuration/${name}`,
        outcome: 'allowed',
        reason,
      });
      return [];
    });
    return true;
  }

  /** A transaction, and what others hear of it. */
  async #change(work: (registry: Registry) => Promise<DesiredChange[]>): Promise<void> {
    const news = await this.#parts.registry.transact(work);
    if (news.length > 0) this.#parts.tell(news);
    this.#parts.onEvents();
  }
}

function stopReasonOf(
  {laid, rejected}: {laid: number; rejected: number},
  {rejectedPercentMax, rejectedAccepted}: {rejectedPercentMax: number; rejectedAccepted: number},
): string | undefined {
  const counted = rejected - rejectedAccepted;
  return counted > 0 && counted > (laid * rejectedPercentMax) / 100
    ? `${rejected} of ${laid} devices rejected it, and at most ${rejectedPercentMax} % may`
    : undefined;
}
