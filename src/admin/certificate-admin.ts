/**
 * Certificates of devices: signed by the tenant's own authority, below the platform's, or by one of the tenant's that
 * it proved to hold. Keys of devices are made where the devices are and never come here.
 */

import type {CredentialView} from '../domain/credential.js';
import {IotctlError} from '../domain/errors.js';
import {describeCertificate} from '../pki/describe.js';
import {checkDeviceCertificate, type TrustedAuthority} from '../pki/device-check.js';
import {checkPossession, newPossessionCode} from '../pki/possession.js';
import {createRevocationList} from '../pki/revocation-list.js';
import type {By} from '../registry/credentials.js';
import type {Registry} from '../registry/registry.js';
import type {AuthorityRow} from '../registry/tables/credentials.js';
import type {Changes} from './changes.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

/** The platform's own authority; it signs the authorities of tenants. */
export type RootAuthority = () => Promise<{readonly certificatePem: string; readonly keyPem: string}>;

export interface AuthorityView {
  readonly id: string;
  readonly kind: AuthorityRow['kind'];
  readonly state: AuthorityRow['state'];
  readonly subject: string;
  readonly fingerprint: string;
  readonly notAfter: string;
  readonly code: string | null;
  readonly certificate: string;
}

export interface SignedCertificate {
  readonly serialHex: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly certificatePem: string;
  readonly chainPem: string;
}

export interface CertifiedDevice {
  readonly tenant: string;
  readonly device: string;
  /** Undefined where a customer's authority vouches for the name alone. */
  readonly generation: string | undefined;
  readonly serialHex: string;
  readonly authorityId: string;
  readonly kind: AuthorityRow['kind'];
}

interface OfDevice {
  readonly tenant: string;
  readonly device: string;
}

const DAYS_DEFAULT = 90;
const LIST_VALID_MS = 7 * 86_400_000;

export class CertificateAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;
  readonly #root: RootAuthority;
  readonly #authorities = new Map<string, TrustedAuthority>();

  constructor(parts: {registry: Registry; changes: Changes; news: IdentityNews; root: RootAuthority}) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
    this.#root = parts.root;
  }

  async list(tenant: string): Promise<AuthorityView[]> {
    return (await this.#registry.authorities.list(tenant)).map(viewOf);
  }

  /** Within a change of its caller's. Throws `IOT_CERTIFICATE_REFUSED` for a request that cannot be signed. */
  async sign(
    registry: Registry,
    {tenant, device}: OfDevice,
    {
      csr = '',
      certificateDays: days = DAYS_DEFAULT,
      anyName,
    }: {
      csr?: string | undefined;
      certificateDays?: number | undefined;
      anyName?: boolean | undefined;
    },
    by: By,
  ): Promise<SignedCertificate> {
    const {generation} = await registry.devices.get(tenant, device);
    const authority = await this.#issuing(registry, tenant, by);
    const {signDeviceRequest} = await import('../pki/device-certificate.js');
    const issuer = {certificatePem: authority.certificate, keyPem: registry.authorities.keyOf(authority)};
    return await signDeviceRequest(issuer, {
      requestPem: csr,
      tenant,
      device,
      generation,
      anyName,
      nowMs: by.nowMs,
      days,
    });
  }

  /** Within a change of its caller's. */
  async revoke(
    registry: Registry,
    tenant: string,
    {serial, notAfter}: CredentialView,
    nowMs: number,
  ): Promise<void> {
    const authority = await registry.authorities.findIssuing(tenant);
    if (!authority || serial === null) return;
    const expiresMs = notAfter === null ? Number.MAX_SAFE_INTEGER : Date.parse(notAfter);
    await registry.authorities.revoke(authority.id, serial, {nowMs, expiresMs});
  }

  async revokeAll(registry: Registry, of: OfDevice, nowMs: number): Promise<void> {
    for (const credential of await registry.credentials.list(of)) {
      if (credential.kind === 'x509') await this.revoke(registry, of.tenant, credential, nowMs);
    }
  }

  /** A device that proved who it is gets a new certificate; the one that it has works on until it ends by itself. */
  async renew(
    origin: Origin,
    of: OfDevice,
    csr: string,
  ): Promise<{certificate: string; chain: string; notAfter: string}> {
    const change = {tenant: of.tenant, action: 'certificate:renew', target: `device/${of.device}`};
    const signed = await this.#changes.apply(origin, change, async registry => {
      const by = {createdBy: `device:${of.device}`, nowMs: Date.now()};
      const {certificatePem, chainPem, ...validity} = await this.sign(registry, of, {csr}, by);
      const {credential} = await registry.credentials.issue(of, {kind: 'x509', ...validity}, {}, by);
      return {result: {certificatePem, chainPem, ...validity}, after: credential};
    });
    this.#news.identity({tenant: of.tenant, name: of.device, usable: true});
    const {certificatePem: certificate, chainPem: chain, notAfterMs} = signed;
    return {certificate, chain, notAfter: new Date(notAfterMs).toISOString()};
  }

  /** Whose certificate is this (DER)? Throws `IOT_UNAUTHENTICATED` saying which check failed. */
  identify(leafDer: Buffer): Promise<CertifiedDevice> {
    return this.#identify({leafDer, chainDer: []}, 'login');
  }

  /** Whose is it, and which authority lets it enrol? Throws `IOT_UNAUTHENTICATED`. */
  identifyForEnrolment(certificates: {
    leafDer: Buffer;
    chainDer: readonly Buffer[];
  }): Promise<CertifiedDevice> {
    return this.#identify(certificates, 'enrolment');
  }

  async #identify(
    {leafDer, chainDer}: {leafDer: Buffer; chainDer: readonly Buffer[]},
    purpose: AuthorityRow['purpose'],
  ): Promise<CertifiedDevice> {
    const rows = (await this.#registry.authorities.active()).filter(row => row.purpose === purpose);
    const verdict = checkDeviceCertificate({
      leafDer,
      chainDer,
      authorities: rows.map(row => this.#trusted(row)),
      isRevoked: () => false,
      nowMs: Date.now(),
    });
    if (!verdict.ok)
      throw new IotctlError('IOT_UNAUTHENTICATED', `certificate: ${verdict.reason}: ${verdict.detail}`);
    const {tenant, device, generation, serialHex, authorityId} = verdict;
    if (await this.#registry.authorities.isRevoked(authorityId, serialHex))
      throw new IotctlError('IOT_UNAUTHENTICATED', `certificate: revoked: ${serialHex}`);
    const {kind} = rows.find(({id}) => id === authorityId)!;
    return {tenant, device, generation, serialHex, kind, authorityId};
  }

  /** It counts once its owner has shown that they hold its key. */
  async register(origin: Origin, tenant: string, certificatePem: string): Promise<AuthorityView> {
    const {isAuthority} = describeCertificate(certificatePem);
    if (!isAuthority)
      throw new IotctlError('IOT_CERTIFICATE_REFUSED', 'this certificate is not an authority’s');
    const change = {tenant, action: 'authority:create', target: 'authority'};
    return await this.#changes.apply(origin, change, async registry => {
      const by = {createdBy: nameOf(origin), nowMs: Date.now()};
      const row = await registry.authorities.add(
        tenant,
        {kind: 'customer', certificatePem, code: newPossessionCode()},
        by,
      );
      return {result: viewOf(row), after: viewOf(row)};
    });
  }

  async prove(origin: Origin, tenant: string, id: string, proofPem: string): Promise<AuthorityView> {
    const change = {tenant, action: 'authority:create', target: `authority/${id}`};
    const view = await this.#changes.apply(origin, change, async registry => {
      const row = await registry.authorities.get(tenant, id);
      if (row.code === null) throw new IotctlError('IOT_CONFLICT', `authority ${id} was proved already`);
      checkPossession({caPem: row.certificate, proofPem, code: row.code, nowMs: Date.now()});
      await registry.authorities.activate(id);
      const after = viewOf(await registry.authorities.get(tenant, id));
      return {result: after, before: viewOf(row), after};
    });
    this.#news.tenant({tenant, usable: true});
    return view;
  }

  async remove(origin: Origin, tenant: string, id: string): Promise<void> {
    const change = {tenant, action: 'authority:delete', target: `authority/${id}`};
    await this.#changes.apply(origin, change, async registry => {
      const row = await registry.authorities.get(tenant, id);
      if (row.kind === 'issuing')
        throw new IotctlError(
          'IOT_CONFLICT',
          'the tenant’s own authority stays: revoke certificates one by one',
        );
      await registry.authorities.remove(id);
      this.#authorities.delete(id);
      return {result: undefined, before: viewOf(row)};
    });
    // Whoever came with one of its certificates has to come again.
    this.#news.authorities({tenant});
  }

  /** In PEM; made anew each time, so that it is never older than the last revocation. */
  async revocationList(tenant: string): Promise<string> {
    return await this.#registry.transact(async registry => {
      const nowMs = Date.now();
      const authority = await this.#issuing(registry, tenant, {createdBy: 'system', nowMs});
      return createRevocationList(
        {certificatePem: authority.certificate, keyPem: registry.authorities.keyOf(authority)},
        {
          revoked: (await registry.authorities.revoked(authority.id, nowMs)).map(entry => ({
            ...entry,
            reason: 'unspecified',
          })),
          number: await registry.authorities.nextListNumber(authority.id),
          nowMs,
          nextUpdateMs: nowMs + LIST_VALID_MS,
        },
      ).pem;
    });
  }

  /** The same object for the same authority: it is parsed once for as long as it lives. */
  #trusted({id, certificate: certificatePem, tenant, kind}: AuthorityRow): TrustedAuthority {
    const known = this.#authorities.get(id) ?? {id, certificatePem, tenant, kind};
    this.#authorities.set(id, known);
    return known;
  }

  /** The tenant's own authority, made when it is first needed. */
  async #issuing(registry: Registry, tenant: string, by: By): Promise<AuthorityRow> {
    const present = await registry.authorities.findIssuing(tenant);
    if (present) return present;
    const {createIssuingAuthority} = await import('../pki/authority.js');
    const made = await createIssuingAuthority(await this.#root(), {tenant, nowMs: by.nowMs});
    return await registry.authorities.add(tenant, {kind: 'issuing', ...made}, by);
  }
}

function viewOf({id, kind, state, certificate, code}: AuthorityRow): AuthorityView {
  const {subject, fingerprint256, notAfter} = describeCertificate(certificate);
  return {id, kind, state, subject, fingerprint: fingerprint256, notAfter, code, certificate};
}
