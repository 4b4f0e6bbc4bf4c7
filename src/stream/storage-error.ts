/** Translates what LMDB and the file system report into the errors that a user can meet. */
import {IotctlError} from '../domain/errors.js';

/** `ENOSPC` and `EDQUOT` as LMDB and as Node report them, and LMDB's `MDB_MAP_FULL`. */
const FULL: readonly unknown[] = [28, 122, -30792, 'ENOSPC', 'EDQUOT'];
const DAMAGED_MESSAGE = /MDB_(CORRUPTED|INVALID|VERSION_MISMATCH|PAGE_NOTFOUND|PROBLEM)/;

/**
 * A full disk as `IOT_DISK_FULL`, a damaged file as `IOT_DATA_CORRUPT` naming `path`, what else storage reports as
 * `IOT_PART_UNAVAILABLE`. Other errors stay what they are.
 */
export function storageError(error: unknown, path: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof IotctlError) return error;
  const {code} = error as {code?: unknown};
  if (FULL.includes(code)) return diskFull(error);
  if (DAMAGED_MESSAGE.test(error.message))
    return new IotctlError('IOT_DATA_CORRUPT', `The event stream in ${path} is damaged: ${error.message}.`, {
      cause: error,
    });
  if (typeof code !== 'number' && !('syscall' in error)) return error;
  return new IotctlError(
    'IOT_PART_UNAVAILABLE',
    `The event stream in ${path} cannot be used: ${error.message}.`,
    {
      cause: error,
    },
  );
}

export const diskFull = (cause?: unknown): IotctlError =>
  new IotctlError(
    'IOT_DISK_FULL',
    'The disk is full: the event stream takes no events.',
    cause === undefined ? undefined : {cause},
  );

export const isDiskFull = (error: Error): boolean =>
  error instanceof IotctlError && error.code === 'IOT_DISK_FULL';

/**
 * Why a write failed. LMDB rejects a write with an error that only points to another promise, rejected a moment later
 * with the reason; that one has to be waited for, or it would count as unhandled.
 */
export async function writeFailure(error: unknown, path: string): Promise<Error> {
  const {commitError} = error as {commitError?: Promise<never>};
  return storageError(
    commitError === undefined ? error : await commitError.catch((reason: unknown) => reason),
    path,
  );
}
