/** Who is not let in: bans that people made, and those of the gateway itself. All of them end. */
import {BlockList, isIP} from 'node:net';
import type {Ban} from '../../domain/ban.js';

/** Who knocks. */
export interface Peer {
  readonly tenant: string;
  /** What it says it is: a device's id or a token's name. */
  readonly name: string;
  readonly address: string;
}

/** Bans of the gateway's own that are kept; beyond them the oldest ends early. */
const AUTOMATIC_MAX = 10_000;

export class BanList {
  readonly #clock: () => number;
  readonly #manual = new Map<string, {ban: Ban; range: BlockList | undefined}>();
  /** By what they are about, so that each knock is one look. */
  readonly #automatic = new Map<string, Ban>();

  constructor(bans: readonly Ban[], clock: () => number) {
    this.#clock = clock;
    for (const ban of bans) this.add(ban);
  }

  add(ban: Ban): void {
    if (ban.automatic) {
      if (this.#automatic.size >= AUTOMATIC_MAX) this.#dropOldest();
      this.#automatic.set(keyOf(ban), ban);
    } else {
      this.#manual.set(ban.id, {ban, range: ban.address?.includes('/') ? rangeOf(ban.address) : undefined});
    }
  }

  remove(id: string): boolean {
    for (const [key, ban] of this.#automatic) if (ban.id === id) return this.#automatic.delete(key);
    return this.#manual.delete(id);
  }

  list(): Ban[] {
    this.#dropEnded();
    return [...[...this.#manual.values()].map(({ban}) => ban), ...this.#automatic.values()];
  }

  /** A ban of a whole address by a person, which holds before anything is said. */
  closedTo(address: string): Ban | undefined {
    return this.#findManual(ban => ban.tenant === null && ban.device === null, address);
  }

  /** A ban by a person that is about this peer. */
  manualFor({tenant, name, address}: Peer): Ban | undefined {
    return this.#findManual(
      ban => (ban.tenant === null || ban.tenant === tenant) && (ban.device === null || ban.device === name),
      address,
    );
  }

  /** A ban of the gateway's own that is about this peer, or about its address. */
  automaticFor({tenant, name, address}: Peer): Ban | undefined {
    return this.#present(pairKey(tenant, name, address)) ?? this.#present(address);
  }

  #findManual(about: (ban: Ban) => boolean, address: string): Ban | undefined {
    for (const [id, {ban, range}] of this.#manual) {
      if (hasEnded(ban, this.#clock())) this.#manual.delete(id);
      else if (about(ban) && coversAddress(ban, range, address)) return ban;
    }
    return undefined;
  }

  #present(key: string): Ban | undefined {
    const ban = this.#automatic.get(key);
    if (!ban || !hasEnded(ban, this.#clock())) return ban;
    this.#automatic.delete(key);
    return undefined;
  }

  #dropEnded(): void {
    const nowMs = this.#clock();
    for (const [key, ban] of this.#automatic) if (hasEnded(ban, nowMs)) this.#automatic.delete(key);
    for (const [id, {ban}] of this.#manual) if (hasEnded(ban, nowMs)) this.#manual.delete(id);
  }

  #dropOldest(): void {
    this.#dropEnded();
    for (const oldest of this.#automatic.keys()) {
      if (this.#automatic.size < AUTOMATIC_MAX) return;
      this.#automatic.delete(oldest);
    }
  }
}

export const pairKey = (tenant: string, name: string, address: string): string =>
  `${tenant}/${name} ${address}`;

const keyOf = ({tenant, device, address}: Ban): string =>
  device === null ? (address ?? '') : pairKey(tenant ?? '', device, address ?? '');

const hasEnded = ({expiresAt}: Ban, nowMs: number): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= nowMs;

function coversAddress({address}: Ban, range: BlockList | undefined, peer: string): boolean {
  if (address === null) return true;
  if (!range) return address === peer;
  const host = peer.replace('/64', '');
  return isIP(host) !== 0 && range.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

function rangeOf(text: string): BlockList {
  const [address = '', bits = ''] = text.split('/');
  const range = new BlockList();
  range.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return range;
}
