/** The event stream on this machine: an LMDB environment in a folder of its own. */
import type {StreamReader, StreamWriter} from './event-stream.js';
import {FreeSpace} from './free-space.js';
import {openEnvironment} from './lmdb-environment.js';
import {LmdbReader} from './lmdb-reader.js';
import {LmdbWriter} from './lmdb-writer.js';
import {storageError} from './storage-error.js';

const DAY_MS = 86_400_000;
const GIB = 2 ** 30;

export interface StreamWriterOptions {
  /** Events older than this are removed once every cursor has read them; seven days unless told. */
  readonly retainMs?: number;
  /** When the stream holds more, its oldest events are removed once every cursor has read them; 1 GiB unless told. */
  readonly retainBytes?: number;
  /**
   * When the stream holds more, its oldest events are removed even if a cursor has not read them, and a `stream.gap`
   * event says so; 8 GiB, or `retainBytes` if that is more, unless told.
   */
  readonly hardLimitBytes?: number;
  /**
   * Space on the volume that the stream never uses; 64 MiB, but at most a tenth of the volume, unless told. With 0 it
   * goes on until a write fails.
   */
  readonly reserveBytes?: number;
}

/**
 * Opens the stream in `folder` for appending; creates it where there is none. At most one writer at a time: whoever
 * opens it makes sure of that. Throws `IOT_DATA_CORRUPT` when the folder holds something else.
 */
export async function openStreamWriter(
  folder: string,
  options: StreamWriterOptions = {},
): Promise<StreamWriter> {
  const retainBytes = options.retainBytes ?? GIB;
  const limits = {
    retainMs: options.retainMs ?? 7 * DAY_MS,
    retainBytes,
    hardLimitBytes: options.hardLimitBytes ?? Math.max(8 * GIB, retainBytes),
  };
  const environment = await openEnvironment(folder);
  try {
    return new LmdbWriter(environment, await FreeSpace.open(folder, options.reserveBytes), limits);
  } catch (error) {
    await environment.root.close();
    throw storageError(error, folder);
  }
}

/** Opens the stream in `folder` for reading, in any thread, before, after or while there is a writer. */
export async function openStreamReader(folder: string): Promise<StreamReader> {
  return new LmdbReader(await openEnvironment(folder));
}
