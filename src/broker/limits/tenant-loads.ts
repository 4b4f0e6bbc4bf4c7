/** What each tenant uses of the gateway, held against its quotas. Near a quota it is warned, once each time. */
import {IotctlError} from '../../domain/errors.js';
import {NO_QUOTAS, QUOTA_WARNING_RATIO, type Quotas} from '../../domain/tenant.js';
import {TenantMeter} from './throttle.js';

export interface QuotaNews {
  readonly tenant: string;
  readonly quota: 'connections' | 'publishesPerSec' | 'bytesPerSec';
  readonly used: number;
  readonly limit: number;
  /** Full: more is not let through. */
  readonly exceeded: boolean;
}

interface Load {
  quotas: Quotas;
  readonly meter: TenantMeter;
  /** Who is connected. A device is named: when it comes again it takes the place it has. */
  readonly connections: Map<object, string | undefined>;
  readonly warned: Set<string>;
}

const WATCH_MS = 1000;

export class TenantLoads {
  readonly #loads = new Map<string, Load>();
  readonly #onNews: (news: QuotaNews) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(onNews: (news: QuotaNews) => void) {
    this.#onNews = onNews;
    this.#timer = setInterval(() => this.#watchRates(), WATCH_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** False when the tenant has as many connections as it may. An application has any number, and no `device`. */
  enter(
    connection: object,
    device: string | undefined,
    {tenant, quotas}: {tenant: string; quotas: Quotas},
  ): boolean {
    const load = this.#load(tenant, quotas);
    const {connections} = load;
    const limit = quotas.connections;
    const isFull = limit !== null && connections.size >= limit;
    if (isFull && (device === undefined || ![...connections.values()].includes(device))) {
      this.#tell(load, {tenant, quota: 'connections', used: connections.size, limit});
      return false;
    }
    connections.set(connection, device);
    if (limit !== null) this.#tell(load, {tenant, quota: 'connections', used: connections.size, limit});
    return true;
  }

  leave(connection: object, tenant: string): void {
    const load = this.#loads.get(tenant);
    if (!load?.connections.delete(connection)) return;
    const limit = load.quotas.connections;
    if (limit !== null) this.#tell(load, {tenant, quota: 'connections', used: load.connections.size, limit});
  }

  meterOf(tenant: string): TenantMeter {
    return this.#loads.get(tenant)!.meter;
  }

  quotasOf(tenant: string): Quotas | undefined {
    return this.#loads.get(tenant)?.quotas;
  }

  /** Its storage is full, or has room again. */
  block(tenant: string, blocked: boolean): void {
    const load = this.#load(tenant, NO_QUOTAS);
    load.meter.blocked = blocked;
  }

  /** What comes by HTTP cannot be slowed by TCP. Throws `IOT_QUOTA_EXCEEDED` or `IOT_RATE_LIMITED`. */
  checkHttp({tenant, quotas}: {tenant: string; quotas: Quotas}, bytes: number): void {
    const {meter} = this.#load(tenant, quotas);
    this.checkStorage(tenant);
    const nowMs = Date.now();
    // What is refused is not counted: who tries again and again would never come in.
    const waitMs = meter.spend(0, 0, nowMs);
    if (waitMs > 0)
      throw new IotctlError('IOT_RATE_LIMITED', `tenant ${tenant} sends more than it may`, {
        retryAfterSec: Math.ceil(waitMs / 1000),
      });
    meter.spend(1, bytes, nowMs);
  }

  /** Throws `IOT_QUOTA_EXCEEDED` while the tenant's storage is full. */
  checkStorage(tenant: string): void {
    if (this.#loads.get(tenant)?.meter.blocked === true)
      throw new IotctlError('IOT_QUOTA_EXCEEDED', `the storage of tenant ${tenant} is full`);
  }

  setQuotas(tenant: string, quotas: Quotas): void {
    const load = this.#loads.get(tenant);
    if (!load) return;
    load.quotas = quotas;
    load.meter.setQuotas(quotas, Date.now());
  }

  usage(tenant: string): {connections: number; publishesPerSec: number; bytesPerSec: number} {
    const load = this.#loads.get(tenant);
    return {
      connections: load?.connections.size ?? 0,
      ...(load?.meter.rates(Date.now()) ?? {publishesPerSec: 0, bytesPerSec: 0}),
    };
  }

  #load(tenant: string, quotas: Quotas): Load {
    const known = this.#loads.get(tenant);
    if (known) {
      if (quotas !== NO_QUOTAS && !areEqual(known.quotas, quotas)) this.setQuotas(tenant, quotas);
      return known;
    }
    const load = {
      quotas,
      meter: new TenantMeter(quotas, Date.now()),
      connections: new Map<object, string | undefined>(),
      warned: new Set<string>(),
    };
    this.#loads.set(tenant, load);
    return load;
  }

  #watchRates(): void {
    for (const [tenant, load] of this.#loads) {
      const rates = load.meter.rates(Date.now());
      for (const quota of ['publishesPerSec', 'bytesPerSec'] as const) {
        const limit = load.quotas[quota];
        if (limit !== null) this.#tell(load, {tenant, quota, used: rates[quota], limit});
      }
    }
  }

  /** Once at the warning, once when it is full; again only after there was room. */
  #tell({warned}: Load, news: Omit<QuotaNews, 'exceeded'>): void {
    const {quota, used, limit} = news;
    for (const [level, reached] of [
      ['warning', used >= limit * QUOTA_WARNING_RATIO],
      ['exceeded', used >= limit],
    ] as const) {
      const key = `${quota} ${level}`;
      if (!reached) warned.delete(key);
      else if (!warned.has(key)) {
        warned.add(key);
        this.#onNews({...news, exceeded: level === 'exceeded'});
      }
    }
  }
}

/** Each answer of the registry is a new object; new buckets, which are full, are for new quotas only. */
const areEqual = (one: Quotas, other: Quotas): boolean =>
  (Object.keys(one) as (keyof Quotas)[]).every(name => one[name] === other[name]);
