import {IotctlError} from '../domain/errors.js';
import {QUOTA_NAMES, type QuotaName, type Quotas} from '../domain/tenant.js';

/** Quotas as they are typed, `devices=1000` or `devices=none` each. Throws `IOT_USAGE`. */
export function parseQuotas(texts: readonly string[]): Partial<Quotas> {
  return Object.fromEntries(texts.map(parseQuota));
}

function parseQuota(text: string): [QuotaName, number | null] {
  const [name = '', value, ...more] = text.split('=');
  if (!isQuotaName(name)) {
    throw new IotctlError(
      'IOT_USAGE',
      `no quota ${JSON.stringify(name.slice(0, 80))}; there are: ${QUOTA_NAMES.join(', ')}`,
    );
  }
  if (value === 'none' && more.length === 0) return [name, null];
  const limit = Number(value);
  if (more.length > 0 || !/^\d+$/.test(value ?? '') || !Number.isSafeInteger(limit)) {
    throw new IotctlError(
      'IOT_USAGE',
      `not a limit: ${JSON.stringify(text.slice(0, 80))}; write ${name}=1000 or ${name}=none`,
    );
  }
  return [name, limit];
}

const isQuotaName = (text: string): text is QuotaName => (QUOTA_NAMES as readonly string[]).includes(text);
