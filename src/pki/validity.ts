/** When a certificate is valid, and when it should be replaced. */
import type {X509Certificate} from 'node:crypto';

export type ValidityFault = 'expired' | 'not-yet-valid';

export interface Validity {
  /** Unix milliseconds, both inclusive (RFC 5280, 4.1.2.5). */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export const validityOf = (certificate: X509Certificate): Validity => ({
  notBeforeMs: Date.parse(certificate.validFrom),
  notAfterMs: Date.parse(certificate.validTo),
});

/** Undefined while the certificate is valid. A date that cannot be read counts as passed. */
export function validityFault(certificate: X509Certificate, nowMs: number): ValidityFault | undefined {
  const {notBeforeMs, notAfterMs} = validityOf(certificate);
  if (nowMs < notBeforeMs) return 'not-yet-valid';
  // notAfter is a whole second that still belongs to the certificate.
  return nowMs < notAfterMs + 1000 ? undefined : 'expired';
}

/** What is wrong, with the day and time, to be read by a person. */
export function describeValidityFault(certificate: X509Certificate, fault: ValidityFault): string {
  const {notBeforeMs, notAfterMs} = validityOf(certificate);
  return fault === 'expired'
    ? `expired since ${timeText(notAfterMs)}`
    : `not valid before ${timeText(notBeforeMs)}`;
}

/** Two thirds of the life are over: there is time to try again while the old one still works. */
export function isRenewalDue(certificate: X509Certificate, nowMs: number): boolean {
  const {notBeforeMs, notAfterMs} = validityOf(certificate);
  return nowMs >= notBeforeMs + ((notAfterMs - notBeforeMs) * 2) / 3;
}

/** RFC 3339 in UTC, without the fraction that certificates do not have. */
export const timeText = (timeMs: number): string =>
  Number.isNaN(timeMs) ? 'an unreadable date' : new Date(timeMs).toISOString().replace('.000Z', 'Z');
