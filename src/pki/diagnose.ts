/** Why does a client not trust this server? One answer for each thing that is checked, instead of the first that fails. */
import type {X509Certificate} from 'node:crypto';
import {isIP} from 'node:net';
import {allows, allowsPurpose, constraintsOf, KEY_USAGE, SERVER_AUTH} from './constraints.js';
import {namesOf} from './describe.js';
import {authorityKeyFault} from './keys.js';
import {oneLine} from './names.js';
import {findPath} from './path.js';
import {readCertificate, readCertificates} from './read.js';
import {describeValidityFault, timeText, validityFault, validityOf} from './validity.js';

export interface TlsCheck {
  readonly name: 'validity' | 'usage' | 'authority' | 'name' | 'key';
  readonly ok: boolean;
  /** What was found, in words; when it is not `ok`, why not. */
  readonly detail: string;
}

export interface ServerCertificateQuestion {
  /** What the server sent: its own certificate first. */
  readonly certificatesDer: readonly Buffer[];
  /** A host name or an IP address, as the client dials it. */
  readonly expectedHost: string;
  /** Each may hold several certificates. */
  readonly trustedPem: readonly string[];
  readonly nowMs: number;
}

/** All five checks; only one, that failed, when there is no certificate to be read. Throws `IOT_INPUT_INVALID` for `trustedPem`. */
export function diagnoseServerCertificate(question: ServerCertificateQuestion): TlsCheck[] {
  const trusted = question.trustedPem.flatMap(readCertificates);
  let certificates: X509Certificate[];
  try {
    certificates = question.certificatesDer.map(readCertificate);
  } catch {
    return [fail('authority', 'the server sent a certificate that cannot be read')];
  }
  const [leaf, ...presented] = certificates;
  if (leaf === undefined) return [fail('authority', 'the server sent no certificate')];
  return [
    checkValidity(leaf, question.nowMs),
    checkUsage(leaf),
    checkAuthority(leaf, presented, trusted, question.nowMs),
    checkName(leaf, question.expectedHost),
    checkKey(leaf),
  ];
}

function checkValidity(leaf: X509Certificate, nowMs: number): TlsCheck {
  const fault = validityFault(leaf, nowMs);
  if (fault !== undefined) return fail('validity', describeValidityFault(leaf, fault));
  return pass('validity', `valid until ${timeText(validityOf(leaf).notAfterMs)}`);
}

function checkUsage(leaf: X509Certificate): TlsCheck {
  const {keyUsage} = constraintsOf(leaf);
  if (allowsPurpose(leaf, SERVER_AUTH) === false)
    return fail('usage', 'not for server authentication (serverAuth)');
  if (!allows(keyUsage, KEY_USAGE.digitalSignature | KEY_USAGE.keyEncipherment)) {
    return fail('usage', 'its key may not be used in a TLS handshake (digitalSignature)');
  }
  return pass('usage', 'for server authentication');
}

function checkAuthority(
  leaf: X509Certificate,
  presented: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  nowMs: number,
): TlsCheck {
  if (trusted.some(({raw}) => raw.equals(leaf.raw))) return pass('authority', 'trusted itself');
  const path = findPath({
    leaf,
    presentedDer: presented.map(({raw}) => raw),
    anchors: trusted,
    certificateOf: certificate => certificate,
    purpose: SERVER_AUTH,
    nowMs,
  });
  if (path.ok) return pass('authority', `signed by ${issuerText(path.anchors[0]!)}`);
  return fail('authority', `${path.detail}; ${issuerOf(leaf, presented)}`);
}

/** Who is to be trusted for this to become good: the name, and the fingerprint to compare when its certificate is at hand. */
function issuerOf(leaf: X509Certificate, presented: readonly X509Certificate[]): string {
  const issuer = [...presented, leaf].find(({subject}) => subject === leaf.issuer);
  if (issuer !== undefined) return `the issuer is ${issuerText(issuer)}`;
  return `the issuer is ${oneLine(leaf.issuer)}, whose certificate the server did not send`;
}

function checkName(leaf: X509Certificate, host: string): TlsCheck {
  const matches =
    isIP(host) === 0
      ? leaf.checkHost(host, {subject: 'never'}) !== undefined
      : leaf.checkIP(host) !== undefined;
  if (matches) return pass('name', `for ${host}`);
  return fail('name', `not for ${host}, but for ${namesOf(leaf).join(', ') || 'no name at all'}`);
}

function checkKey(leaf: X509Certificate): TlsCheck {
  const {publicKey} = leaf;
  const kind = publicKey.asymmetricKeyType ?? 'unknown';
  const {namedCurve, modulusLength} = publicKey.asymmetricKeyDetails ?? {};
  const weak = kind === 'ed25519' ? undefined : authorityKeyFault(publicKey);
  if (weak !== undefined) return fail('key', `${weak}, which clients refuse`);
  if (constraintsOf(leaf).weakSignature) return fail('key', 'signed with an algorithm that can be forged');
  return pass('key', [kind, namedCurve ?? modulusLength].filter(part => part !== undefined).join(' '));
}

const issuerText = (certificate: X509Certificate): string =>
  `${oneLine(certificate.subject)} (SHA-256 ${certificate.fingerprint256})`;

const pass = (name: TlsCheck['name'], detail: string): TlsCheck => ({name, ok: true, detail});
const fail = (name: TlsCheck['name'], detail: string): TlsCheck => ({name, ok: false, detail});
