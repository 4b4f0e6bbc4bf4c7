/** Who signed a certificate: the way from it up to an authority that is trusted (RFC 5280, 6.1). */
import {X509Certificate} from 'node:crypto';
import {allowsPurpose, constraintsOf} from './constraints.js';
import {authorityKeyFault} from './keys.js';
import {oneLine} from './names.js';
import {describeValidityFault, type ValidityFault, validityFault} from './validity.js';

export type PathFault = ValidityFault | 'wrong-usage' | 'unknown-authority';

export interface PathQuestion<T> {
  readonly leaf: X509Certificate;
  /** What the other side sent beside it, DER, in any order; read only when it is needed. Never trusted for itself. */
  readonly presentedDer: readonly Buffer[];
  readonly anchors: readonly T[];
  readonly certificateOf: (anchor: T) => X509Certificate;
  /** Object identifier of the extended key usage that the authorities in between must not exclude. */
  readonly purpose: string;
  readonly nowMs: number;
}

export type PathAnswer<T> =
  | {readonly ok: true; readonly anchors: readonly T[]; readonly intermediates: readonly X509Certificate[]}
  | {readonly ok: false; readonly fault: PathFault; readonly detail: string};

/** Authorities between a device and its customer's root; more is no hierarchy that anyone runs. */
const INTERMEDIATES_MAX = 3;

/** More of what was presented is not even looked at. */
const PRESENTED_MAX = 8;

/**
 * Finds the trusted authorities that signed the leaf, or an authority in between that was presented with it. Several come
 * back when one key is trusted more than once. Every signature is verified, and every authority's validity, CA flag, path
 * length and purpose; the leaf's own are the caller's. Throws an error of node:crypto when what was presented cannot be read.
 */
export function findPath<T>(question: PathQuestion<T>): PathAnswer<T> {
  const intermediates: X509Certificate[] = [];
  let presented: readonly X509Certificate[] | undefined;
  let current = question.leaf;
  for (;;) {
    const child = current;
    const anchors = question.anchors.filter(anchor => isSignedBy(child, question.certificateOf(anchor)));
    if (anchors.length > 0) return answer(question, anchors, intermediates);
    // Some send the leaf itself along, and a root signs itself: neither leads any further.
    const seen = [question.leaf, ...intermediates];
    presented ??= question.presentedDer.slice(0, PRESENTED_MAX).map(der => new X509Certificate(der));
    const next = presented.find(one => !seen.some(({raw}) => raw.equals(one.raw)) && isSignedBy(child, one));
    if (next === undefined || intermediates.length === INTERMEDIATES_MAX) return unknownAuthority(current);
    const fault = authorityFault(next, intermediates.length, question);
    if (fault !== undefined) return fault;
    intermediates.push(next);
    current = next;
  }
}

/** Anchors that must not sign (expired, not an authority) count only when there is none that may. */
function answer<T>(
  question: PathQuestion<T>,
  anchors: readonly T[],
  intermediates: readonly X509Certificate[],
): PathAnswer<T> {
  const judged = anchors.map(anchor => ({
    anchor,
    fault: authorityFault(question.certificateOf(anchor), intermediates.length, question),
  }));
  const good = judged.filter(({fault}) => fault === undefined).map(({anchor}) => anchor);
  return good.length > 0 ? {ok: true, anchors: good, intermediates} : judged[0]!.fault!;
}

/** `below` authorities stand between this one and the leaf. */
function authorityFault(
  authority: X509Certificate,
  below: number,
  {purpose, nowMs}: {purpose: string; nowMs: number},
): (PathAnswer<never> & {ok: false}) | undefined {
  const name = oneLine(authority.subject);
  const fail = (fault: PathFault, why: string) =>
    ({ok: false, fault, detail: `the issuer ${name} ${why}`}) as const;
  const {isAuthority, pathLength, unknownCritical, weakSignature} = constraintsOf(authority);
  if (!isAuthority) return fail('unknown-authority', 'is not an authority (CA:false)');
  if (pathLength !== undefined && pathLength < below) {
    return fail('unknown-authority', `allows ${pathLength} authorities below it, not ${below}`);
  }
  if (unknownCritical.length > 0)
    return fail('unknown-authority', 'has a critical extension that is not understood');
  // What a self-signed certificate says about itself is trusted already, whatever its own signature is made with.
  if (weakSignature && authority.subject !== authority.issuer) {
    return fail('unknown-authority', 'is signed with an algorithm that can be forged');
  }
  if (allowsPurpose(authority, purpose) === false)
    return fail('wrong-usage', 'does not sign for this purpose');
  const fault = validityFault(authority, nowMs);
  return fault === undefined ? undefined : fail(fault, `is ${describeValidityFault(authority, fault)}`);
}

function unknownAuthority(certificate: X509Certificate): PathAnswer<never> {
  const self = certificate.subject === certificate.issuer;
  const detail = self
    ? `${oneLine(certificate.subject)} signed itself, and is not trusted`
    : `no trusted authority ${oneLine(certificate.issuer)} has signed ${oneLine(certificate.subject)}`;
  return {ok: false, fault: 'unknown-authority', detail};
}

/** The names decide who to ask, the signature decides. */
function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (certificate.issuer !== issuer.subject) return false;
  try {
    return authorityKeyFault(issuer.publicKey) === undefined && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
