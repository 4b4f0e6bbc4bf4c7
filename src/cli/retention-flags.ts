/** Flags for how old and how large something may become. */
import * as Flags from '@oclif/core/flags';
import {parseDurationMs} from '../domain/duration.js';
import {IotctlError} from '../domain/errors.js';

const DAY_MS = 86_400_000;
const NEVER = 'never';

/** `90d`, `12w` or `never`; its value is in days, or null. */
export const daysFlag = Flags.custom<number | null>({
  parse: async text => {
    if (text === NEVER) return null;
    const days = parseDurationMs(text) / DAY_MS;
    if (Number.isInteger(days) && days > 0) return days;
    throw new IotctlError('IOT_TIME_INVALID', `not a number of whole days: ${JSON.stringify(text)}`);
  },
  helpValue: '<days>',
});

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `500MiB`, `10GiB` or `never`; its value is in bytes, or null. */
export const sizeFlag = Flags.custom<number | null>({
  parse: async text => {
    if (text === NEVER) return null;
    const [, amount, unit = 'B'] = /^(\d+(?:\.\d+)?)(B|[KMGT]iB)?$/.exec(text) ?? [];
    const bytes = Math.floor(Number(amount) * UNITS[unit]!);
    if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    throw new IotctlError(
      'IOT_USAGE',
      `not a size: ${JSON.stringify(text.slice(0, 80))}; write 500MiB, 10GiB or ${NEVER}`,
    );
  },
  helpValue: '<size>',
});
