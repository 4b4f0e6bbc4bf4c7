/** What is left after `kill -9`. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {expect, it} from 'vitest';
import {openStreamReader, openStreamWriter} from '../../src/stream/lmdb-stream.js';
import {BUILT_STREAM} from './built-stream.js';
import {append, numbered, numberOf, range} from './sample-events.js';
import {temporaryFolder} from './temporary-folder.js';

const ROUNDS = 5;
const FIXTURE = join(import.meta.dirname, 'fixtures/append-until-killed.js');

/** Lets a process append until it has acknowledged `commits` groups, kills it, and gives the last head it spoke of. */
async function appendAndKill(folder: string, commits: number): Promise<number> {
  const child = spawn(process.execPath, [FIXTURE, BUILT_STREAM, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const heads: number[] = [];
  for await (const line of createInterface({input: child.stdout})) {
    heads.push(Number(line));
    if (heads.length === commits) child.kill('SIGKILL');
  }
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
  return heads.at(-1)!;
}

it('has every acknowledged event once and in order after each kill -9', async () => {
  await using temporary = await temporaryFolder();
  const folder = join(temporary.path, 'stream');
  let checked = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await appendAndKill(folder, 3 + round * 4);
    const reader = await openStreamReader(folder);
    const head = reader.head();
    expect(acknowledged).toBeGreaterThan(checked);
    expect(head).toBeGreaterThanOrEqual(acknowledged);
    for (; checked < head; ) {
      const events = await reader.read(checked, 10_000);
      expect(events.map(numberOf)).toEqual(range(checked, checked + events.length));
      checked += events.length;
    }
    await reader.close();
  }
  const writer = await openStreamWriter(folder);
  expect(await append(writer, numbered(checked))).toBe(checked);
  await writer.close();
});
