import {randomBytes} from 'node:crypto';

/** `20261128-193012-3fa2c1`: when it began, in UTC, and a random part. Ids sort by time. */
export function newRunId(startedAt: Date): string {
  const digits = startedAt.toISOString().replaceAll(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomBytes(3).toString('hex')}`;
}
