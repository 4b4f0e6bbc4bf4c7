/** What the gateway allows: one table, with each limit's default. */
import {IotctlError} from './errors.js';

interface Limit {
  readonly standard: number;
  readonly summary: string;
}

export const LIMITS = {
  failuresPerDeviceAndAddress: {
    standard: 10,
    summary: 'failed logins of one name from one address within a minute, before that pair is banned',
  },
  failuresPerAddress: {
    standard: 100,
    summary: 'failed logins from one address within a minute, before the address is banned',
  },
  banSec: {standard: 60, summary: 'seconds of a first ban; each further one is twice as long'},
  banSecMax: {standard: 3600, summary: 'seconds of the longest ban'},
  connectsPerSec: {standard: 2000, summary: 'connections let in a second; others wait their turn'},
  connectsPerSecPerAddress: {
    standard: 1000,
    summary: 'connections let in a second from one address other than this machine’s',
  },
  connectsWaiting: {standard: 10_000, summary: 'connections that may wait their turn; more are closed'},
  connectWaitSec: {standard: 10, summary: 'seconds that a connection waits at most'},
  verifications: {standard: 64, summary: 'logins being verified at the same time; others wait'},
  publishesPerSecPerDevice: {standard: 20_000, summary: 'messages a second of one connection'},
  bytesPerSecPerDevice: {standard: 32 * 2 ** 20, summary: 'bytes a second of one connection'},
  throttledSec: {
    standard: 60,
    summary: 'seconds that a connection may stay above what it is allowed before it is ended',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;

export const LIMIT_NAMES = Object.keys(LIMITS) as readonly LimitName[];

export const DEFAULT_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, {standard}]) => [name, standard]),
) as unknown as Limits;

const VALUE_MAX = 2 ** 40;

/** `name=value` each. Throws `IOT_USAGE` naming what is not a limit, or not a number of at least one. */
export function parseLimits(texts: readonly string[]): Partial<Limits> {
  return Object.fromEntries(
    texts.map(text => {
      const [name = '', value = '', ...rest] = text.split('=');
      if (!Object.hasOwn(LIMITS, name) || rest.length > 0)
        throw new IotctlError(
          'IOT_USAGE',
          `no limit ${JSON.stringify(name.slice(0, 80))}; there are: ${LIMIT_NAMES.join(', ')}`,
        );
      const number = /^\d{1,13}$/.test(value) ? Number(value) : 0;
      if (number < 1 || number > VALUE_MAX)
        throw new IotctlError(
          'IOT_USAGE',
          `${name} takes a whole number from 1 on, not ${JSON.stringify(value.slice(0, 80))}`,
        );
      return [name, number];
    }),
  );
}
