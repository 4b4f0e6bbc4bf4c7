/** Flags for limits of values. */
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../domain/errors.js';

/** A number such as `-1.5`. */
export const limitFlag = Flags.custom<number>({parse: async text => numberOf(text), helpValue: '<number>'});

/** `2..8`. */
export const limitsFlag = Flags.custom<{low: number; high: number}>({
  parse: async text => {
    const [low, high, ...more] = text.split('..');
    if (low === undefined || high === undefined || more.length > 0)
      throw new IotctlError('IOT_USAGE', `not two limits such as 2..8: ${JSON.stringify(text)}`);
    return {low: numberOf(low), high: numberOf(high)};
  },
  helpValue: '<low..high>',
});

function numberOf(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new IotctlError('IOT_USAGE', `not a number: ${JSON.stringify(text)}`);
}
