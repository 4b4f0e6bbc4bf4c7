/** DuckDB's errors in the words of the platform. DuckDB has only messages, so this is the one place that reads them. */
import {IotctlError} from '../domain/errors.js';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** After one of these the instance answers nothing any more, until it is closed and opened again. */
export const isFatal = (error: unknown): boolean =>
  /database has been invalidated|^FATAL Error|^INTERNAL Error/i.test(messageOf(error)) ||
  (error instanceof IotctlError && error.cause !== undefined && isFatal(error.cause));

/** DuckDB’s memory limit was too low for what it had to do. */
export const isOutOfMemory = (error: unknown): boolean =>
  /Out of Memory Error|failed to (?:pin|allocate)|could not allocate/i.test(messageOf(error));

const isDiskFull = (message: string): boolean => /No space left on device|ENOSPC|Disk quota/i.test(message);

/** What is thrown inside of Parquet's own headers; DuckDB has no name for it, and does not say which file it was. */
const OF_PARQUET = /^Invalid Error: /;

const isCorrupt = (message: string): boolean =>
  OF_PARQUET.test(message) ||
  /No magic bytes found|Decompression failure|too small to be a Parquet file|No files found that match|Corrupt (?:database|WAL) file|not a valid DuckDB database|computed checksum|Could not read enough bytes|Failure while replaying WAL|Serialization Error|different version/i.test(
    message,
  );

/** A file, of the archive or the database itself, cannot be read. */
export const isDamage = (error: unknown): boolean =>
  error instanceof IotctlError ? error.code === 'IOT_DATA_CORRUPT' : isCorrupt(messageOf(error));

const isHeld = (message: string): boolean => /Could not set lock on file/i.test(message);

/** What an error of the writer or of opening a file means to a user. */
export function storeError(error: unknown, file: string): IotctlError {
  if (error instanceof IotctlError) return error;
  const message = firstLine(messageOf(error));
  const cause = {cause: error};
  if (isDiskFull(message)) return new IotctlError('IOT_DISK_FULL', `no space left for ${file}`, cause);
  if (isHeld(message)) return new IotctlError('IOT_DATA_HELD', `another process holds ${file}`, cause);
  if (isCorrupt(message)) {
    return new IotctlError('IOT_DATA_CORRUPT', `${damagedFile(message, file)} is damaged: ${message}`, cause);
  }
  return new IotctlError('IOT_PART_UNAVAILABLE', `the store cannot use ${file}: ${message}`, cause);
}

/** What an error of a query means to whoever asked it. */
export function queryError(error: unknown, file: string): IotctlError {
  if (error instanceof IotctlError) return error;
  const message = messageOf(error);
  if (isFatal(error) || isDiskFull(message) || isCorrupt(message)) return storeError(error, file);
  return new IotctlError('IOT_QUERY_INVALID', message.replace(/^Failed to extract statements: /, ''), {
    cause: error,
  });
}

function damagedFile(message: string, file: string): string {
  const archived = ARCHIVE_FILE.exec(message)?.[1];
  if (archived !== undefined) return archived;
  if (OF_PARQUET.test(message)) return `a file of the archive of ${file}`;
  return /WAL file/i.test(message) ? `${file}.wal` : file;
}

/** The name of a file of the archive in quotes, as DuckDB tells it. */
const ARCHIVE_FILE = /['"]([^'"]*\/tenant=[^'"]*\.parquet)['"]/;

const firstLine = (message: string): string => message.split('\n', 1)[0]!;
