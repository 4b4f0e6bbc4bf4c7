/** Cursors: how far somebody who reads the events of a tenant has come, kept by the platform under a name. */
import {IotctlError} from './errors.js';

export interface Cursor {
  readonly name: string;
  /** The last one that was read; -1 is before the first. */
  readonly offset: number;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly movedAt: string;
}

export const CURSORS_MAX = 100;

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Throws `IOT_REQUEST_INVALID`. */
export function checkCursorName(name: string): void {
  if (!NAME.test(name))
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `not a name of a cursor: ${JSON.stringify(name.slice(0, 80))}; use 1 to 64 of a-z, 0-9, ., _ and -`,
    );
}
