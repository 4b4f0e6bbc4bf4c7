/**
 * Is this certificate a device's, and whose? Synchronous, and with node:crypto alone: it runs for each connection, on the
 * gateway's thread. The proof that the other side has the key is the TLS handshake's.
 */
import {X509Certificate} from 'node:crypto';
import {
  allows,
  allowsPurpose,
  CLIENT_AUTH,
  type Constraints,
  constraintsOf,
  KEY_USAGE,
} from './constraints.js';
import {type DeviceName, nameByCustomer, nameByPlatform} from './device-name.js';
import {authorityKeyFault} from './keys.js';
import {findPath, type PathFault} from './path.js';
import {serialHexOf} from './read.js';
import {describeValidityFault, validityFault, validityOf} from './validity.js';

/**
 * - `malformed`: cannot be read, has a key or a signature that is too weak, or a critical extension that nobody here knows
 * - `unknown-authority`: none of the authorities has signed it, or who did may not (CA:false)
 * - `expired`, `not-yet-valid`: it, or an authority above it
 * - `wrong-usage`: not for client authentication, or an authority itself
 * - `wrong-name`: no device's name, several, or one of another tenant
 * - `revoked`: it, or an authority above it
 */
export type CertificateFault = PathFault | 'malformed' | 'wrong-name' | 'revoked';

/** Who may sign for which tenant. */
export interface TrustedAuthority {
  readonly id: string;
  readonly certificatePem: string;
  readonly tenant: string;
  /** `issuing`: the platform's own, which writes a device URN; `customer`: the tenant's own, whose common names are device ids. */
  readonly kind: 'issuing' | 'customer';
}

export interface DeviceCertificateQuestion {
  readonly leafDer: Buffer;
  /** What the device sent beside it. */
  readonly chainDer?: readonly Buffer[];
  /** Keep these objects: each is parsed once for as long as it lives. */
  readonly authorities: readonly TrustedAuthority[];
  /** Lower-case serial number, without leading zeros, below that authority. */
  readonly isRevoked: (serialHex: string, authorityId: string) => boolean;
  readonly nowMs: number;
}

export interface AcceptedDevice {
  readonly ok: true;
  readonly tenant: string;
  readonly device: string;
  /** Undefined below a customer's authority, which knows nothing of it. */
  readonly generation: string | undefined;
  readonly serialHex: string;
  readonly authorityId: string;
  readonly notAfterMs: number;
}

export interface RefusedDevice {
  readonly ok: false;
  readonly reason: CertificateFault;
  /** In words, for the log and `doctor`; names what the certificate says. */
  readonly detail: string;
}

interface Anchor {
  readonly authority: TrustedAuthority;
  readonly certificate: X509Certificate;
}

const parsed = new WeakMap<TrustedAuthority, Anchor[]>();

interface Judged {
  readonly accepted: AcceptedDevice;
  /** The leaf's, and those of the authorities between it and the trusted one. */
  readonly serialsHex: readonly string[];
  /** All whose key signed it: a certificate revoked below an authority stays so when that one is registered again. */
  readonly authorityIds: readonly string[];
}

/** Answers with the device that the certificate is for, or with the first reason why it is not let in. */
export function checkDeviceCertificate(question: DeviceCertificateQuestion): AcceptedDevice | RefusedDevice {
  const judged = judge(question);
  if (!('accepted' in judged)) return judged;
  const revoked = judged.serialsHex.find(serialHex =>
    judged.authorityIds.some(id => question.isRevoked(serialHex, id)),
  );
  return revoked === undefined ? judged.accepted : refuse('revoked', `serial number ${revoked} is revoked`);
}

/** Everything but revocation. What throws here is in the certificates, which anyone can have made. */
function judge(question: DeviceCertificateQuestion): Judged | RefusedDevice {
  try {
    return judgeLeaf(new X509Certificate(question.leafDer), question);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    return refuse('malformed', `the certificate cannot be read: ${why}`);
  }
}

function judgeLeaf(leaf: X509Certificate, question: DeviceCertificateQuestion): Judged | RefusedDevice {
  const path = findPath({
    leaf,
    presentedDer: question.chainDer ?? [],
    anchors: question.authorities.flatMap(parseAuthority),
    certificateOf: ({certificate}) => certificate,
    purpose: CLIENT_AUTH,
    nowMs: question.nowMs,
  });
  if (!path.ok) return refuse(path.fault, path.detail);
  const authorities = path.anchors.map(({authority}) => authority);
  const {id, kind, tenant} = authorities[0]!;
  const refused = checkContent(leaf, kind, question.nowMs);
  if (refused !== undefined) return refused;
  const named = nameIn(leaf, authorities);
  if (typeof named === 'string') return refuse('wrong-name', named);
  const serialHex = serialHexOf(leaf);
  const {notAfterMs} = validityOf(leaf);
  return {
    accepted: {ok: true, tenant, ...named, serialHex, authorityId: id, notAfterMs},
    serialsHex: [serialHex, ...path.intermediates.map(serialHexOf)],
    authorityIds: authorities.map(authority => authority.id),
  };
}

function checkContent(leaf: X509Certificate, kind: TrustedAuthority['kind'], nowMs: number) {
  const fault = validityFault(leaf, nowMs);
  if (fault !== undefined) return refuse(fault, `the certificate is ${describeValidityFault(leaf, fault)}`);
  const constraints = constraintsOf(leaf);
  const weak = weakness(leaf, constraints);
  if (weak !== undefined) return refuse('malformed', `the certificate has ${weak}`);
  const misuse = usageFault(leaf, constraints, kind);
  return misuse === undefined ? undefined : refuse('wrong-usage', `the certificate ${misuse}`);
}

function weakness({publicKey}: X509Certificate, constraints: Constraints): string | undefined {
  if (constraints.weakSignature) return 'a signature that can be forged';
  if (constraints.unknownCritical.length > 0) return 'a critical extension that is not understood';
  return publicKey.asymmetricKeyType === 'ed25519' ? undefined : authorityKeyFault(publicKey);
}

function usageFault(leaf: X509Certificate, constraints: Constraints, kind: string): string | undefined {
  if (constraints.isAuthority || leaf.ca) return 'is an authority, not a device';
  if (!allows(constraints.keyUsage, KEY_USAGE.digitalSignature)) return 'may not sign a handshake';
  // A customer's authority may leave the purpose out, which allows any (RFC 5280, 4.2.1.12); ours never does.
  return (allowsPurpose(leaf, CLIENT_AUTH) ?? kind === 'customer')
    ? undefined
    : 'is not for client authentication';
}

/** The device, or why there is none. */
function nameIn(leaf: X509Certificate, authorities: readonly TrustedAuthority[]): DeviceName | string {
  const [authority] = authorities as [TrustedAuthority];
  const tenants = new Set(authorities.map(({tenant}) => tenant));
  if (tenants.size > 1) return `its authority signs for several tenants: ${[...tenants].join(', ')}`;
  return authority.kind === 'customer'
    ? nameByCustomer(leaf, authority.tenant)
    : nameByPlatform(leaf, authority.tenant);
}

/** Nothing for an authority that cannot be read: it has signed nobody, and must not keep everybody out. */
function parseAuthority(authority: TrustedAuthority): Anchor[] {
  let anchors = parsed.get(authority);
  if (anchors === undefined) {
    anchors = parseAnchor(authority);
    parsed.set(authority, anchors);
  }
  return anchors;
}

function parseAnchor(authority: TrustedAuthority): Anchor[] {
  try {
    return [{authority, certificate: new X509Certificate(authority.certificatePem)}];
  } catch {
    return [];
  }
}

const refuse = (reason: CertificateFault, detail: string): RefusedDevice => ({ok: false, reason, detail});
