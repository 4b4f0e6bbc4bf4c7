/** What devices prove themselves with: issued, rotated and revoked by people, renewed by the devices themselves. */
import {type CredentialKind, type CredentialView, NEVER_MS} from '../domain/credential.js';
import {IotctlError} from '../domain/errors.js';
import {usernameOf} from '../domain/identity.js';
import {checkPassword, hashPassword} from '../domain/password.js';
import type {Validity, Wanted} from '../registry/credentials.js';
import type {Registry} from '../registry/registry.js';
import type {CertificateAdmin} from './certificate-admin.js';
import type {Changes} from './changes.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

export interface CredentialRequest extends Validity {
  readonly kind: CredentialKind;
  /** Of kind `password`. */
  readonly password?: string | undefined;
  /** Of kind `x509`: PEM of a request that was made, and signed, where the key is. */
  readonly csr?: string | undefined;
  readonly certificateDays?: number | undefined;
}

/** `secret`, `key` and `certificate` are in this answer only. */
export interface IssuedCredential {
  readonly credential: CredentialView;
  readonly username: string;
  readonly secret?: string | undefined;
  readonly key?: string | undefined;
  readonly keyId?: string | undefined;
  readonly certificate?: string | undefined;
  readonly chain?: string | undefined;
}

interface OfDevice {
  readonly tenant: string;
  readonly device: string;
}

export class CredentialAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;
  readonly #certificates: CertificateAdmin;

  constructor(parts: {
    registry: Registry;
    changes: Changes;
    news: IdentityNews;
    certificates: CertificateAdmin;
  }) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
    this.#certificates = parts.certificates;
  }

  list(of: OfDevice): Promise<CredentialView[]> {
    return this.#registry.credentials.list(of);
  }

  async issue(origin: Origin, of: OfDevice, request: CredentialRequest): Promise<IssuedCredential> {
    // Slow, and outside of the transaction: the registry has one.
    const prepared = await this.#prepare(of, request);
    const change = {tenant: of.tenant, action: 'credential:issue', target: `device/${of.device}`};
    const issued = await this.#changes.apply(origin, change, async registry => {
      const result = await this.#issueIn(registry, origin, of, request, prepared);
      return {result, after: result.credential};
    });
    this.#changed(of);
    return issued;
  }

  /** The device gets another one of that kind; the ones that it has work on until the grace is over. */
  async rotate(
    origin: Origin,
    of: OfDevice,
    {graceMs, ...request}: CredentialRequest & {readonly graceMs: number},
  ): Promise<IssuedCredential & {replaced: CredentialView[]}> {
    const prepared = await this.#prepare(of, request);
    const change = {tenant: of.tenant, action: 'credential:rotate', target: `device/${of.device}`};
    const rotated = await this.#changes.apply(origin, change, async registry => {
      const before = await registry.credentials.list(of);
      const issued = await this.#issueIn(registry, origin, of, request, prepared);
      const endMs = Date.now() + graceMs;
      const {id, kind} = issued.credential;
      const replaced = await registry.credentials.endOthers(of, kind, id, endMs);
      return {result: {...issued, replaced}, before, after: await registry.credentials.list(of)};
    });
    this.#changed(of);
    return rotated;
  }

  /** What was let in with it is cut off at once. */
  async revoke(origin: Origin, of: OfDevice, id: string): Promise<void> {
    const change = {
      tenant: of.tenant,
      action: 'credential:revoke',
      target: `device/${of.device}/credential/${id}`,
    };
    await this.#changes.apply(origin, change, async registry => {
      const before = await registry.credentials.revoke(of, id);
      if (before.serial !== null) await this.#certificates.revoke(registry, of.tenant, before, Date.now());
      return {result: undefined, before};
    });
    this.#news.identity({tenant: of.tenant, name: of.device, usable: false});
  }

  async #prepare(of: OfDevice, {kind, password, csr}: CredentialRequest): Promise<Wanted | undefined> {
    const {lifecycle} = await this.#registry.devices.get(of.tenant, of.device);
    if (lifecycle === 'retired')
      throw new IotctlError('IOT_DEVICE_RETIRED', `device ${of.device} is retired`);
    if (kind === 'x509') {
      if (csr === undefined) throw new IotctlError('IOT_REQUEST_INVALID', 'kind x509 needs a csr, in PEM');
      return undefined;
    }
    if (kind !== 'password') return {kind};
    if (password === undefined)
      throw new IotctlError('IOT_REQUEST_INVALID', 'kind password needs a password');
    checkPassword(password, of.device);
    return {kind, hash: await hashPassword(password)};
  }

  async #issueIn(
    registry: Registry,
    origin: Origin,
    of: OfDevice,
    request: CredentialRequest,
    prepared: Wanted | undefined,
  ): Promise<IssuedCredential> {
    const by = {createdBy: nameOf(origin), nowMs: Date.now()};
    checkValidity(request, by.nowMs);
    const signed = prepared ? undefined : await this.#certificates.sign(registry, of, request, by);
    const wanted: Wanted = prepared ?? {kind: 'x509', ...signed!};
    const {credential, secret, key} = await registry.credentials.issue(of, wanted, request, by);
    await registry.devices.provisioned(of.tenant, of.device);
    return {
      credential,
      username: usernameOf(of.device, of.tenant),
      ...(secret === undefined ? {} : {secret}),
      ...(key === undefined ? {} : {key, keyId: credential.id}),
      ...(signed ? {certificate: signed.certificatePem, chain: signed.chainPem} : {}),
    };
  }

  /** What it had stays as it is: connections live on, the next login is looked up anew. */
  #changed({tenant, device}: OfDevice): void {
    this.#news.identity({tenant, name: device, usable: true});
  }
}

function checkValidity({notBeforeMs = 0, notAfterMs = NEVER_MS}: Validity, nowMs: number): void {
  if (notAfterMs <= Math.max(notBeforeMs, nowMs))
    throw new IotctlError('IOT_REQUEST_INVALID', 'notAfter has to be in the future, and after notBefore');
}
