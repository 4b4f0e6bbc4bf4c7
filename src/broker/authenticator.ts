/**
 * Who is at the other end: looks identities up in the registry, once, and keeps them until the registry says that
 * they changed.
 */
import {secretMatches, secretValidAt} from '../domain/credential.js';
import {mayConnect} from '../domain/device.js';
import type {DeviceIdentity, Identity, ServiceIdentity} from '../domain/identity.js';
import {parseUsername} from '../domain/identity.js';

/** Asks the registry. `claimed` is a client id, to learn whether it is the name of another device. */
export type LookUp = (request: LookUpRequest) => Promise<LookUpAnswer>;

export interface LookUpRequest {
  readonly tenant: string;
  readonly name: string;
  readonly claimed: string;
}

export interface LookUpAnswer {
  readonly device: DeviceIdentity | undefined;
  readonly service: ServiceIdentity | undefined;
  readonly claimedByOther: boolean;
}

export type Verdict =
  | {readonly ok: true; readonly identity: Identity}
  | {readonly ok: false; readonly reason: string};

/** Identities kept at once; beyond it the oldest is looked up anew. */
const CACHE_ENTRIES_MAX = 100_000;

export class Authenticator {
  readonly #lookUp: LookUp;
  readonly #clock: () => number;
  readonly #cache = new Map<string, LookUpAnswer>();
  /** Grows with each invalidation: an answer that was asked for before it is not kept. */
  #version = 0;

  constructor(lookUp: LookUp, clock: () => number = Date.now) {
    this.#lookUp = lookUp;
    this.#clock = clock;
  }

  /**
   * Verifies a user name and password. The reasons are for the log: the peer learns only that it was refused.
   * `clientId` is what the client sent; one that names another device is refused.
   */
  async authenticate(username: string, password: Uint8Array, clientId: string): Promise<Verdict> {
    const who = parseUsername(username);
    if (!who) return {ok: false, reason: 'user name is not {name}@{tenant}'};
    const foreign = claimsAnother(clientId, who.tenant, who.name);
    if (foreign) return {ok: false, reason: 'client id names another device'};
    const answer = await this.#find(who.tenant, who.name, clientId);
    if (answer.claimedByOther) return {ok: false, reason: 'client id names another device'};
    return this.#verify(answer, password);
  }

  /** Is this identity still what it was when it was let in? */
  invalidate(tenant: string, name: string): void {
    this.#version++;
    const prefix = `${tenant}/${name}/`;
    for (const key of this.#cache.keys()) if (key.startsWith(prefix)) this.#cache.delete(key);
  }

  async #find(tenant: string, name: string, clientId: string): Promise<LookUpAnswer> {
    const claimed = clientId === name || clientId === `${tenant}:${name}` ? '' : clientId;
    const key = `${tenant}/${name}/`;
    const known = claimed === '' ? this.#cache.get(key) : undefined;
    if (known) return known;
    const version = this.#version;
    const answer = await this.#lookUp({tenant, name, claimed});
    if (claimed === '' && version === this.#version) this.#keep(key, answer);
    return answer;
  }

  #keep(key: string, answer: LookUpAnswer): void {
    if (this.#cache.size >= CACHE_ENTRIES_MAX) {
      const oldest = this.#cache.keys().next().value;
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(key, answer);
  }

  #verify({device, service}: LookUpAnswer, password: Uint8Array): Verdict {
    const nowMs = this.#clock();
    if (service && secretMatches(password, service.secret)) {
      return nowMs < service.expiresMs
        ? {ok: true, identity: service}
        : {ok: false, reason: 'token has expired'};
    }
    if (!device) return {ok: false, reason: service ? 'wrong secret' : 'unknown device'};
    const secret = device.secrets.find(candidate => secretMatches(password, candidate));
    if (!secret) return {ok: false, reason: 'wrong secret'};
    if (!secretValidAt(secret, nowMs)) return {ok: false, reason: 'secret is outside of its validity'};
    if (!mayConnect(device))
      return {ok: false, reason: `device is ${device.lifecycle}, ${device.adminState}`};
    return {ok: true, identity: device};
  }
}

/** `{tenant}:{device}` and `{tenant}:{device}~{n}` are the broker's own names for sessions. */
function claimsAnother(clientId: string, tenant: string, name: string): boolean {
  const colon = clientId.indexOf(':');
  if (colon <= 0) return false;
  const claimedTenant = clientId.slice(0, colon);
  const claimedDevice = clientId.slice(colon + 1).split('~')[0];
  return claimedTenant === tenant && claimedDevice !== name;
}
