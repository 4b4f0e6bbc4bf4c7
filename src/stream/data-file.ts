/**
 * Looks at LMDB's file before LMDB does. LMDB maps the file into memory and trusts it: a file that is something else, or
 * that was cut off, would end the process with a signal instead of an error.
 */
import {appendFile, open} from 'node:fs/promises';
import {IotctlError} from '../domain/errors.js';

/** `MDB_meta` on a 64-bit machine, behind the 24 bytes of a page's header; numbers are in the machine's order. */
const META = {
  magicAt: 24,
  layoutAt: 28,
  pageSizeAt: 48,
  lastPageAt: 144,
  transactionAt: 152,
  bytes: 168,
} as const;
const MAGIC = 0xbeefc0de;
/** The layout that LMDB 1.0 and lmdb-js write. */
const LAYOUT = 2;
const PAGE_BYTES_MAX = 65_536;

/** Pages at the end that a transaction took and gave back are never written; there are not more than this. */
const UNWRITTEN_BYTES_MAX = 16 * 2 ** 20;

/**
 * Makes sure that every page that LMDB may look at is there. Does nothing when there is no file.
 * Throws `IOT_DATA_CORRUPT` naming the file when it is not LMDB's, or not whole.
 */
export async function makeSafeToMap(path: string): Promise<void> {
  const file = await openIfThere(path);
  if (file === undefined) return;
  let missingBytes: number;
  try {
    const start = Buffer.alloc(PAGE_BYTES_MAX + META.bytes);
    const {bytesRead} = await file.read(start, 0, start.length, 0);
    if (bytesRead === 0) return;
    const neededBytes = lengthOf(start.subarray(0, bytesRead), path);
    // Read after the meta pages: a writer that is at work makes the file longer before it says so there.
    missingBytes = neededBytes - (await file.stat()).size;
  } finally {
    await file.close();
  }
  if (missingBytes > UNWRITTEN_BYTES_MAX) throw damaged(path, `its last ${missingBytes} bytes are missing`);
  // Zeros are no page: what led there is found out as an error. Appending harms nothing if the file grew meanwhile.
  if (missingBytes > 0) await appendFile(path, Buffer.alloc(missingBytes));
}

async function openIfThere(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The length that the newer of the two meta pages speaks of. */
function lengthOf(start: Buffer, path: string): number {
  const pageBytes = start.length < META.bytes ? 0 : start.readUInt32LE(META.pageSizeAt);
  const metas = [start, start.subarray(Math.min(pageBytes, start.length))];
  if (pageBytes === 0 || metas.some(meta => !isMeta(meta))) throw damaged(path, 'it is no LMDB file');
  const [newest] = metas.toSorted((a, b) => Number(transactionOf(b) - transactionOf(a)));
  return Number(newest!.readBigUInt64LE(META.lastPageAt) + 1n) * pageBytes;
}

const isMeta = (page: Buffer): boolean =>
  page.length >= META.bytes &&
  page.readUInt32LE(META.magicAt) === MAGIC &&
  (page.readUInt32LE(META.layoutAt) & 0xffff) === LAYOUT;

const transactionOf = (meta: Buffer): bigint => meta.readBigUInt64LE(META.transactionAt);

const damaged = (path: string, reason: string): IotctlError =>
  new IotctlError('IOT_DATA_CORRUPT', `The event stream’s file ${path} is damaged: ${reason}.`);
