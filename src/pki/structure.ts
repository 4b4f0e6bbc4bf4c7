/** The parts of a certificate that node:crypto does not show (RFC 5280, 4.1). */
import type {X509Certificate} from 'node:crypto';
import {derElements, derInside, TAG} from './der.js';

export interface DerExtension {
  /** Its object identifier, as hexadecimal DER. */
  readonly id: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

export interface CertificateStructure {
  /** Object identifier (hexadecimal DER) of the algorithm it is signed with. */
  readonly signatureAlgorithm: string;
  /** DER of the subject's whole name. */
  readonly subject: Buffer;
  readonly extensions: ReadonlyMap<string, DerExtension>;
}

/** Serial number, algorithm, issuer, validity, subject: the version before them can be missing. */
const SUBJECT_AT = 4;

/** Throws a RangeError or a TypeError when the certificate is not built as it should be. */
export function structureOf(certificate: X509Certificate): CertificateStructure {
  const [tbs, algorithm] = derInside(certificate.raw, TAG.sequence);
  if (tbs === undefined || algorithm === undefined) throw new TypeError('not a certificate');
  const fields = [...derElements(tbs.content)].filter(({tag}) => tag !== TAG.context0);
  const list = fields.find(({tag}) => tag === TAG.context3);
  return {
    signatureAlgorithm: objectIdHex(algorithm.content),
    subject: fields[SUBJECT_AT]?.whole ?? Buffer.alloc(0),
    extensions: extensionsIn(list?.content ?? Buffer.alloc(0)),
  };
}

/** By object identifier. Throws a TypeError when one is there twice, as then two readers could take different ones. */
export function extensionsIn(wrapped: Buffer): Map<string, DerExtension> {
  const extensions = new Map<string, DerExtension>();
  for (const {content} of derInside(wrapped, TAG.sequence)) {
    const parts = [...derElements(content)];
    const extension = {
      id: parts[0]?.content.toString('hex') ?? '',
      critical: parts.some(part => part.tag === TAG.boolean && part.content[0] !== 0),
      value: parts.at(-1)?.content ?? Buffer.alloc(0),
    };
    if (extensions.has(extension.id)) throw new TypeError('an extension is there twice');
    extensions.set(extension.id, extension);
  }
  return extensions;
}

/** The first object identifier in there; empty when there is none. */
export const objectIdHex = (content: Buffer): string =>
  [...derElements(content)].find(({tag}) => tag === TAG.objectId)?.content.toString('hex') ?? '';
