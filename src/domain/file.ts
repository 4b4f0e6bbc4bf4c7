/** Files that are no events: logs, images, calibrations; of a device, or of the tenant itself. */
import {IotctlError} from './errors.js';

export type FileState = 'arriving' | 'stored';

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  /** Null for a file of the tenant itself. */
  readonly device: string | null;
  readonly state: FileState;
  readonly bytes: number;
  /** How much of it is on disk. */
  readonly receivedBytes: number;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
  /** A media type (RFC 6838). */
  readonly contentType: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly storedAt: string | null;
}

export interface WantedFile {
  readonly name: string;
  readonly device: string | null;
  readonly bytes: number;
  readonly digest: string;
  readonly contentType: string;
}

export const FILE_BYTES_MAX = 2 ** 30;

/** What is sent at once. */
export const FILE_PIECE_BYTES = 4 * 2 ** 20;

/** No folder, nothing that a terminal or a file system takes for something else. */
const NAME = /^(?!\.{1,2}$)[^/\\\p{Cc}\p{Cf}]{1,200}$/u;

/** Gives the name back. Throws `IOT_REQUEST_INVALID`. */
export function parseFileName(name: string): string {
  if (NAME.test(name)) return name;
  throw new IotctlError(
    'IOT_REQUEST_INVALID',
    `not the name of a file: ${JSON.stringify(name.slice(0, 80))}: up to 200 characters without / and \\`,
  );
}
