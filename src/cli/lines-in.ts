/** What comes in on stdin or from a file, read no faster than it is used. */
import {createReadStream} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {IotctlError} from '../domain/errors.js';

/** The largest payload that MQTT can carry (MQTT 3.1.1, 2.2.3). */
const LINE_BYTES_MAX = 268_435_455;
const NEWLINE = 0x0a;

/**
 * The lines of a byte stream, in batches as they are read; a line break ends a line and is not part of it. A last
 * line needs none. Throws `IOT_INPUT_INVALID` for a line that no message could hold.
 */
export async function* lineBatches(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of source) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(joined(rest, chunk.subarray(start, end)));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
      if (restBytes > LINE_BYTES_MAX) {
        throw new IotctlError('IOT_INPUT_INVALID', `a line is longer than ${LINE_BYTES_MAX} bytes`);
      }
    }
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [joined(rest, new Uint8Array())];
}

/** The lines of a stream as text, each as it is read. */
export async function* textLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const lines of lineBatches(source)) {
    for (const line of lines) yield Buffer.from(line).toString('utf8');
  }
}

/** The words of a stream, one a line; blank lines are left out. */
export async function readWords(source: AsyncIterable<Uint8Array>): Promise<string[]> {
  const words: string[] = [];
  for await (const lines of lineBatches(source)) {
    words.push(...lines.map(line => Buffer.from(line).toString('utf8').trim()));
  }
  return words.filter(word => word !== '');
}

/** The whole of a file, or of stdin for `-`. Throws `IOT_INPUT_INVALID` when it cannot be read. */
export async function readInput(path: string): Promise<Buffer> {
  try {
    if (path !== '-') return await readFile(path);
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin()) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The bytes of a file as they are needed, or of stdin for `-`. */
export async function* openInput(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* path === '-' ? stdin() : (createReadStream(path) as AsyncIterable<Uint8Array>);
  } catch (error) {
    throw unreadable(path, error);
  }
}

const stdin = (): AsyncIterable<Uint8Array> => process.stdin;

const unreadable = (path: string, error: unknown): IotctlError =>
  new IotctlError(
    'IOT_INPUT_INVALID',
    `cannot read ${path === '-' ? 'stdin' : path}: ${(error as Error).message}`,
    {
      cause: error,
    },
  );

const joined = (parts: readonly Uint8Array[], last: Uint8Array): Uint8Array =>
  parts.length === 0 ? last : Buffer.concat([...parts, last]);
