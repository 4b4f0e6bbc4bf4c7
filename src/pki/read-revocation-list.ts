/** Reads a certificate revocation list and believes it only when its authority has signed it (RFC 5280, 5.1). */
import {verify, X509Certificate} from 'node:crypto';
import {IotctlError} from '../domain/errors.js';
import {type DerElement, derElements, derFind, derInside, TAG, timeOf} from './der.js';
import {oneLine} from './names.js';
import {plainSerialHex} from './read.js';
import {
  CRL_EXTENSIONS,
  REVOCATION_REASONS,
  type RevocationReason,
  type RevokedCertificate,
} from './revocation-list.js';
import {extensionsIn, objectIdHex} from './structure.js';

export interface RevocationList {
  /** Zero when the list has none. */
  readonly number: number;
  readonly thisUpdateMs: number;
  /** Undefined when the authority does not say. */
  readonly nextUpdateMs: number | undefined;
  readonly revoked: readonly RevokedCertificate[];
}

const HASHES: Record<string, string> = {
  '2a8648ce3d040302': 'sha256', // ECDSA
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2a864886f70d01010b': 'sha256', // RSA, PKCS #1 v1.5
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
};

const PEM_BLOCK = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/;
const TIME_TAGS: readonly number[] = [TAG.utcTime, TAG.generalizedTime];
const UNDERSTOOD: readonly string[] = Object.values(CRL_EXTENSIONS);

/**
 * Throws `IOT_INPUT_INVALID` for what is no list, and `IOT_CERTIFICATE_REFUSED` when the authority has not signed it or when
 * it is only a part of one (it then has a critical extension that says so).
 */
export function readRevocationList(pemOrDer: string | Buffer, authorityPem: string): RevocationList {
  const authority = new X509Certificate(authorityPem);
  try {
    const [list, algorithm, signature] = derInside(bytesOf(pemOrDer), TAG.sequence);
    if (!isSigned(list!.whole, algorithm!.content, signature!.content, authority)) {
      throw refused(`the revocation list is not signed by ${oneLine(authority.subject)}`);
    }
    return contentOf(list!.content);
  } catch (error) {
    if (error instanceof IotctlError) throw error;
    throw new IotctlError('IOT_INPUT_INVALID', 'not a certificate revocation list', {cause: error});
  }
}

function contentOf(list: Buffer): RevocationList {
  const fields = [...derElements(list)];
  const [thisUpdate, nextUpdate] = fields.filter(({tag}) => TIME_TAGS.includes(tag));
  const extensions = extensionsIn(fields.find(({tag}) => tag === TAG.context0)?.content ?? Buffer.alloc(0));
  if ([...extensions.values()].some(({id, critical}) => critical && !UNDERSTOOD.includes(id))) {
    throw refused('the revocation list has a critical extension that is not understood');
  }
  const number = derFind(extensions.get(CRL_EXTENSIONS.number)?.value ?? Buffer.alloc(0), TAG.integer);
  return {
    number: number === undefined ? 0 : Number(`0x${number.toString('hex')}`),
    thisUpdateMs: timeOf(thisUpdate!),
    nextUpdateMs: nextUpdate === undefined ? undefined : timeOf(nextUpdate),
    revoked: entriesAfter(fields, nextUpdate ?? thisUpdate!).map(entryOf),
  };
}

/** The entries follow the last date; what follows without any is the extensions, which are no sequence. */
function entriesAfter(fields: readonly DerElement[], date: DerElement): DerElement[] {
  const next = fields[fields.indexOf(date) + 1];
  return next?.tag === TAG.sequence ? [...derElements(next.content)] : [];
}

function entryOf({content}: DerElement): RevokedCertificate {
  const [serial, revoked, extensions] = [...derElements(content)];
  const code = extensionsIn(extensions?.whole ?? Buffer.alloc(0)).get(CRL_EXTENSIONS.reason)?.value;
  const number = code === undefined ? 0 : derFind(code, TAG.enumerated)?.[0];
  return {
    serialHex: plainSerialHex(serial!.content.toString('hex')),
    revokedMs: timeOf(revoked!),
    reason: reasonOf(number),
  };
}

const reasonOf = (code: number | undefined): RevocationReason => {
  const found = Object.entries(REVOCATION_REASONS).find(([, number]) => number === code);
  return (found?.[0] as RevocationReason | undefined) ?? 'unspecified';
};

function isSigned(list: Buffer, algorithm: Buffer, bits: Buffer, authority: X509Certificate): boolean {
  const hash = HASHES[objectIdHex(algorithm)];
  // The first byte of a bit string counts the bits that its last byte does not use.
  return hash !== undefined && verify(hash, list, authority.publicKey, bits.subarray(1));
}

function bytesOf(pemOrDer: string | Buffer): Buffer {
  if (typeof pemOrDer !== 'string') return pemOrDer;
  const [, base64] = PEM_BLOCK.exec(pemOrDer) ?? [];
  return Buffer.from(base64 ?? '', 'base64');
}

const refused = (message: string): IotctlError => new IotctlError('IOT_CERTIFICATE_REFUSED', message);
