/**
 * The names in a certificate, read from what node:crypto prints of it. It quotes an alternative name that could be taken for
 * two, and escapes a subject's special characters (RFC 2253), so neither a comma nor a newline in a name makes a second name.
 */
import type {X509Certificate} from 'node:crypto';

export interface AlternativeName {
  /** `DNS`, `IP Address`, `URI`, `email`, `DirName`, … */
  readonly type: string;
  readonly value: string;
}

/** One entry, up to the comma that is not inside of quotation marks. */
const ENTRY = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

/** Subject alternative names in the certificate's order; none when it has none. */
export function alternativeNames(certificate: X509Certificate): AlternativeName[] {
  return [...(certificate.subjectAltName ?? '').matchAll(ENTRY)].map(([, type, value]) => ({
    type: type!,
    value: value!.startsWith('"') ? unquote(value!) : value!,
  }));
}

/**
 * The subject's common name; undefined when there is none or more than one. Its escapes are left as they are: no identifier
 * has a character that needs one.
 */
export function commonName(certificate: X509Certificate): string | undefined {
  // Attributes of one level stand on one line with ` + ` between them.
  const names = certificate.subject
    ?.split('\n')
    .flatMap(line => line.split(' + '))
    .filter(part => part.startsWith('CN='));
  return names?.length === 1 ? names[0]!.slice('CN='.length) : undefined;
}

/** A distinguished name on one line, such as `CN=pump-1, O=acme`. */
export const oneLine = (name: string | undefined): string =>
  (name ?? '').split('\n').join(', ') || '(no name)';

function unquote(text: string): string {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? value : text;
}
