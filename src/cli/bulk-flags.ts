/** How a command goes about many devices. */
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../domain/errors.js';

const WORKERS_MAX = 64;

export const bulkFlags = {
  workers: Flags.integer({
    min: 1,
    max: WORKERS_MAX,
    default: 8,
    description: `how many devices at the same time; at most ${WORKERS_MAX}`,
  }),
  'abort-on-errors': Flags.string({
    default: '10',
    helpValue: 'N|N%|never',
    description: 'begin no other device once so many failed, or such a share of all',
  }),
  resume: Flags.string({
    helpValue: 'FILE',
    description:
      'keep in this file what was done, and pass over what it says is done: type the same again after an interruption [default: keep nothing]',
  }),
};

export interface BulkFlags {
  readonly workers: number;
  readonly 'abort-on-errors': string;
  readonly resume?: string | undefined;
}

/** For a file that is still being read, of which a share is unknown. Throws `IOT_USAGE`. */
export function failureCountOf(text: string): number {
  if (text.endsWith('%'))
    throw new IotctlError('IOT_USAGE', `--abort-on-errors ${text}: give a number from 1, or never`);
  return failuresMaxOf(text, 0);
}

/** How many failures end it. Throws `IOT_USAGE`. */
export function failuresMaxOf(text: string, devices: number): number {
  if (text === 'never') return Number.POSITIVE_INFINITY;
  const [, number, percent] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  const value = Number(number);
  if (number === undefined || value === 0 || (percent !== '' && value > 100)) {
    throw new IotctlError(
      'IOT_USAGE',
      `--abort-on-errors ${text}: give a number from 1, a share such as 5%, or never`,
    );
  }
  return percent === '' ? value : Math.max(1, Math.ceil((devices * value) / 100));
}
