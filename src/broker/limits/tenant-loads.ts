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
  /** Who is connected, by what it is called: a device that comes again takes the place it has. */
  readonly connections: Map<object, string>;
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

  /** False when the tenant has as many connections as it may. */
  enter(connection: object, name: string, {tenant, quotas}: {tenant: string; quotas: Quotas}): boolean {
    const load = this.#load(tenant, quotas);
    const {connections} = load;
    const limit = quotas.connections;
    const returning = [...(limit === null ? [] : connections.values())].includes(name);
    if (limit !== null && connections.size >= limit && !returning) {
      this.#tell(load, {tenant, quota: 'connections', used: connections.size, limit});
      return false;
    }
    connections.set(connection, name);
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
  checkHttp(tenant: string, bytes: number): void {
    const meter = this.#loads.get(tenant)?.meter;
    if (!meter) return;
    if (meter.blocked) throw new IotctlError('IOT_QUOTA_EXCEEDED', `the storage of tenant ${tenant} is full`);
    const waitMs = meter.spend(1, bytes, Date.now());
    if (waitMs > 0)
      throw new IotctlError('IOT_RATE_LIMITED', `tenant ${tenant} sends more than it may`, {
        retryAfterSec: Math.ceil(waitMs / 1000),
      });
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
      if (known.quotas !== quotas && quotas !== NO_QUOTAS) this.setQuotas(tenant, quotas);
      return known;
    }
    const load = {
      quotas,
      meter: new TenantMeter(quotas, Date.now()),
      connections: new Map(),
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
