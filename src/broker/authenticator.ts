/** Who is at the other end: checks what a peer sends against what the registry knows of it. */
import {secretMatches} from '../domain/credential.js';
import {mayConnect} from '../domain/device.js';
import type {DeviceIdentity, Identity} from '../domain/identity.js';
import {parseUsername} from '../domain/identity.js';
import type {EnrollingDevice} from '../domain/provisioning.js';
import type {Quotas} from '../domain/tenant.js';
import {type Proof, proveByCertificate, proveBySecret, proveByToken} from './device-proof.js';
import {IdentityCache, type LookUp, type LookUpAnswer} from './identity-cache.js';
import {PasswordChecks, PasswordsBusy} from './password-checks.js';

/** Whose certificate a peer showed in the handshake, or why it does not count. */
export type PeerCertificate =
  | {
      readonly ok: true;
      readonly tenant: string;
      readonly device: string;
      readonly generation: string | undefined;
      readonly serialHex: string;
      readonly kind: 'issuing' | 'customer';
    }
  | {
      readonly ok: false;
      readonly reason: string;
      /** It lets nobody log in, and this device register. */
      readonly enrols?: EnrollingDevice | undefined;
    };

export interface Login {
  readonly username: string;
  readonly password: Uint8Array;
  /** What the client sent; one that names another device is refused. */
  readonly clientId: string;
  readonly certificate?: PeerCertificate | undefined;
  /** Not to be let near slow checks: too many failures came from there. */
  readonly quickOnly?: boolean | undefined;
}

export type Verdict =
  | {
      readonly ok: true;
      readonly identity: Identity;
      readonly credentialId: string | undefined;
      /** When what it logged in with ends, in Unix milliseconds. */
      readonly expiresMs: number | undefined;
      readonly quotas: Quotas;
    }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly busy?: boolean;
      /** By a decision, of the tenant's or the platform's: no guess, and nothing that a ban should follow from. */
      readonly keptOut?: 'device' | 'tenant';
    };

/** `newSecret` makes 32 random bytes as base64url; tokens begin with a prefix. Nobody's password looks like that. */
const LOOKS_GENERATED = /^(?:iotctl_pat_)?[\w-]{43}$/;

export class Authenticator {
  readonly #clock: () => number;
  readonly #identities: IdentityCache;
  readonly #passwords: PasswordChecks;

  constructor(lookUp: LookUp, clock: () => number = Date.now) {
    this.#clock = clock;
    this.#identities = new IdentityCache(lookUp);
    this.#passwords = new PasswordChecks(clock);
  }

  /** The reasons are for the log: the peer learns only that it was refused. */
  async authenticate(login: Login): Promise<Verdict> {
    const {certificate, clientId} = login;
    if (certificate && !certificate.ok) return refused(certificate.reason);
    const who = claimOf(login);
    if (!who) return refused('user name is not {name}@{tenant}');
    if (certificate && (certificate.tenant !== who.tenant || certificate.device !== who.name))
      return refused('user name is not the certificate’s');
    if (claimsAnother(clientId, who.tenant, who.name)) return refused('client id names another device');
    const claimed = clientId === who.name || clientId === `${who.tenant}:${who.name}` ? '' : clientId;
    const answer = await this.#identities.find({...who, claimed});
    if (!answer.tenant) return await this.#refuseUnknown(login);
    if (answer.tenant.state !== 'active')
      return {...refused(`tenant is ${answer.tenant.state}`), keptOut: 'tenant'};
    if (answer.claimedByOther) return refused('client id names another device');
    try {
      return await this.#verify(answer, answer.tenant.quotas, login);
    } catch (error) {
      if (error instanceof PasswordsBusy) return {ok: false, reason: error.message, busy: true};
      throw error;
    }
  }

  invalidate(tenant: string, name: string): void {
    this.#identities.invalidate(tenant, name);
  }

  invalidateTenant(tenant: string): void {
    this.#identities.invalidateTenant(tenant);
  }

  async #verify({device, service}: LookUpAnswer, quotas: Quotas, login: Login): Promise<Verdict> {
    const nowMs = this.#clock();
    if (service && !login.certificate && secretMatches(login.password, service.secret)) {
      return nowMs < service.expiresMs
        ? {ok: true, identity: service, credentialId: undefined, expiresMs: endOf(service.expiresMs), quotas}
        : refused('token has expired');
    }
    if (!device) return await this.#refuseUnknown(login, service ? 'wrong secret' : 'unknown device');
    const proof = await this.#prove(device, login, nowMs);
    if (!proof.ok) return proof;
    if (!mayConnect(device))
      return {...refused(`device is ${device.lifecycle}, ${device.adminState}`), keptOut: 'device'};
    return {ok: true, identity: device, credentialId: proof.credentialId, expiresMs: proof.expiresMs, quotas};
  }

  async #prove(
    device: DeviceIdentity,
    {certificate, password, quickOnly}: Login,
    nowMs: number,
  ): Promise<Proof> {
    if (certificate?.ok) return proveByCertificate(device, certificate, nowMs);
    const byToken = proveByToken(device, password, nowMs);
    if (byToken) return byToken;
    const bySecret = proveBySecret(device, password, nowMs);
    if (bySecret.ok || quickOnly === true) return bySecret;
    return await this.#proveByPassword(device, password, {nowMs, otherwise: bySecret});
  }

  async #proveByPassword(
    {credentials}: DeviceIdentity,
    password: Uint8Array,
    {nowMs, otherwise}: {nowMs: number; otherwise: Proof},
  ): Promise<Proof> {
    let checked = false;
    for (const credential of credentials) {
      if (credential.kind !== 'password') continue;
      if (credential.notBeforeMs > nowMs || credential.notAfterMs <= nowMs) continue;
      checked = true;
      if (await this.#passwords.matches(password, credential)) {
        return {ok: true, credentialId: credential.id, expiresMs: endOf(credential.notAfterMs)};
      }
    }
    if (!checked) await this.#takeTime(password);
    return otherwise;
  }

  async #refuseUnknown({password, quickOnly}: Login, reason = 'unknown device'): Promise<Verdict> {
    if (quickOnly !== true) await this.#takeTime(password);
    return refused(reason);
  }

  /** Whoever guesses passwords does not learn from the time that it takes who there is, and who has one. */
  async #takeTime(password: Uint8Array): Promise<void> {
    if (password.length > 0 && !LOOKS_GENERATED.test(Buffer.from(password).toString('latin1')))
      await this.#passwords.pretend(password);
  }
}

const refused = (reason: string): Verdict & {ok: false} => ({ok: false, reason});

const endOf = (ms: number): number | undefined => (ms >= Number.MAX_SAFE_INTEGER ? undefined : ms);

function claimOf({username, certificate}: Login): {tenant: string; name: string} | undefined {
  if (username === '' && certificate?.ok) return {tenant: certificate.tenant, name: certificate.device};
  return parseUsername(username);
}

/** `{tenant}:{device}` and `{tenant}:{device}~{n}` are the broker's own names for sessions. */
function claimsAnother(clientId: string, tenant: string, name: string): boolean {
  const colon = clientId.indexOf(':');
  if (colon <= 0) return false;
  const claimedTenant = clientId.slice(0, colon);
  const claimedDevice = clientId.slice(colon + 1).split('~')[0];
  return claimedTenant === tenant && claimedDevice !== name;
}
