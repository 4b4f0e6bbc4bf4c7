import {IotctlError} from '../../domain/errors.js';

/** An answer is one message: more rows are not for people, and `query` streams them. */
export const ROWS_MAX = 100_000;

/** `what` ends with a verb: `more than 100000 buckets are`. */
export const tooManyRows = (what: string): IotctlError =>
  new IotctlError(
    'IOT_REQUEST_INVALID',
    `${what} rows, which is too many for one answer: take a larger --every, fewer devices, or \`iotctl query\``,
  );
