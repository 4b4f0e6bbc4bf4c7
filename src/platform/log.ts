/** The platform's log: JSON lines in the data folder, and readable lines on stderr where a person watches. */
import {appendFileSync, closeSync, fstatSync, openSync, renameSync, writeSync} from 'node:fs';
import {type Logger, pino} from 'pino';

export type {Logger};

/** At this size the file becomes `platform.log.1`, in place of the one before it. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

export interface LogOptions {
  readonly file: string;
  /** Where readable lines go, if anywhere. */
  readonly print: ((line: string) => void) | undefined;
}

/** `onLine` is called with each readable line; it returns how to stop that. */
export interface PlatformLog {
  readonly logger: Logger;
  onLine(listener: (line: string) => void): () => void;
  close(): void;
}

interface Entry {
  readonly level: string;
  readonly time: string;
  readonly part?: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

export function openLog({file, print}: LogOptions): PlatformLog {
  const sink = openLogFile(file);
  const listeners = new Set<(line: string) => void>();
  const destination = {
    write(json: string) {
      sink.write(json);
      if (!print && listeners.size === 0) return;
      const line = readable(JSON.parse(json) as Entry);
      print?.(line);
      for (const listener of listeners) listener(line);
    },
  };
  const logger = pino(
    {base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: {level: level => ({level})}},
    destination,
  );
  return {
    logger,
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => sink.close(),
  };
}

/** `12:00:00.123 INFO  gateway  listening on 127.0.0.1:1883 (connections=3)` */
export function readable({level, time, part, msg, ...rest}: Entry): string {
  const details = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const tail = details.length > 0 ? ` (${details.join(', ')})` : '';
  return `${time} ${level.toUpperCase().padEnd(5)} ${(part ?? 'platform').padEnd(8)} ${msg}${tail}`;
}

/** A full disk must not stop the platform: a line that cannot be written is given up. */
function openLogFile(file: string): {write(json: string): void; close(): void} {
  appendFileSync(file, '', {mode: 0o600});
  let descriptor = openSync(file, 'a', 0o600);
  let bytes = fstatSync(descriptor).size;
  return {
    write(json) {
      try {
        bytes += writeSync(descriptor, json);
        if (bytes < FILE_BYTES_MAX) return;
        closeSync(descriptor);
        renameSync(file, `${file}.1`);
        descriptor = openSync(file, 'a', 0o600);
        bytes = 0;
      } catch {
        // Nowhere to say so: the log itself is what failed.
      }
    },
    close: () => closeSync(descriptor),
  };
}
