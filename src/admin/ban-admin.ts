/** Bans that people make: kept in the registry, enforced by the gateway. */
import {isIP} from 'node:net';
import {decide} from '../domain/access.js';
import type {Ban} from '../domain/ban.js';
import {IotctlError} from '../domain/errors.js';
import {PLATFORM} from '../domain/tenant.js';
import {uuidV7} from '../domain/uuid.js';
import type {Caller} from '../registry/callers.js';
import type {BanRow} from '../registry/tables/credentials.js';
import type {Changes} from './changes.js';
import {nameOf, type Origin} from './origin.js';

/** The gateway's side: what it enforces, its own bans among it. */
export interface GatewayBans {
  list(): Promise<readonly Ban[]>;
  add(ban: Ban): Promise<void>;
  remove(id: string): Promise<boolean>;
}

export interface BanRequest {
  readonly address?: string | undefined;
  readonly device?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly reason: string;
}

export class BanAdmin {
  readonly #changes: Changes;
  readonly #bans: GatewayBans;

  constructor(parts: {changes: Changes; bans: GatewayBans}) {
    this.#changes = parts.changes;
    this.#bans = parts.bans;
  }

  /** Those of the caller's tenant; for the platform's administrators, those of the whole platform too. */
  async list(caller: Caller): Promise<Ban[]> {
    return (await this.#bans.list()).filter(ban => mayTouch(caller, ban));
  }

  /** Live connections that it names end. */
  async add(origin: Origin, caller: Caller, request: BanRequest): Promise<Ban> {
    const row = rowOf(origin, caller, request);
    const ban = banOf(row);
    const change = {
      tenant: row.tenant ?? PLATFORM,
      action: 'ban:create',
      target: targetOf(ban),
      reason: request.reason,
    };
    await this.#changes.apply(origin, change, async registry => {
      await registry.bans.removeExpired(row.created_ms);
      return {result: await registry.bans.add(row), after: ban};
    });
    await this.#bans.add(ban);
    return ban;
  }

  /** Throws `IOT_BAN_UNKNOWN`. */
  async remove(origin: Origin, caller: Caller, id: string): Promise<void> {
    const ban = (await this.list(caller)).find(candidate => candidate.id === id);
    if (!ban) throw new IotctlError('IOT_BAN_UNKNOWN', `no ban ${JSON.stringify(id.slice(0, 80))}`);
    const change = {tenant: ban.tenant ?? PLATFORM, action: 'ban:delete', target: targetOf(ban)};
    await this.#changes.apply(origin, change, async registry => {
      if (!ban.automatic) await registry.bans.remove(id);
      return {result: undefined, before: ban};
    });
    await this.#bans.remove(id);
  }
}

const mayTouch = ({tenant, access}: Caller, ban: Ban): boolean =>
  ban.tenant === tenant || (ban.tenant === null && decide(access, 'tenant:update').allowed);

function rowOf(origin: Origin, caller: Caller, {address, device, durationMs, reason}: BanRequest): BanRow {
  if (address === undefined && device === undefined)
    throw new IotctlError('IOT_REQUEST_INVALID', 'a ban needs an address, a device, or both');
  if (address !== undefined && !isAddressOrRange(address))
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `not an address or a range: ${JSON.stringify(address.slice(0, 80))}`,
    );
  const nowMs = Date.now();
  const range = address === undefined ? null : bannedRange(address);
  const everywhere = device === undefined && decide(caller.access, 'tenant:update').allowed;
  return {
    id: uuidV7(nowMs),
    tenant: everywhere ? null : caller.tenant,
    device: device ?? null,
    address: range,
    reason,
    created_ms: nowMs,
    created_by: nameOf(origin),
    expires_ms: durationMs === undefined ? null : nowMs + durationMs,
  };
}

export const banOf = (row: BanRow): Ban => ({
  id: row.id,
  address: row.address,
  device: row.device,
  tenant: row.tenant,
  reason: row.reason,
  automatic: false,
  createdAt: new Date(row.created_ms).toISOString(),
  expiresAt: row.expires_ms === null ? null : new Date(row.expires_ms).toISOString(),
});

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Of IPv6 a /64 is what one customer has: less would be no ban at all. */
function bannedRange(text: string): string {
  const [address = '', bits] = text.split('/');
  if (isIP(address) === 4) return text;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  if (mapped !== undefined) return mapped;
  return `${address}/${Math.min(64, Number(bits ?? 64))}`;
}

const targetOf = ({device, address}: Ban): string =>
  [device === null ? '' : `device/${device}`, address === null ? '' : `address/${address}`]
    .filter(Boolean)
    .join(' ');
