/** Readers in other threads, as the platform has them. */
import {once} from 'node:events';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import {expect, it} from 'vitest';
import type {StoredEvent} from '../../src/domain/event.js';
import {openStreamWriter} from '../../src/stream/lmdb-stream.js';
import {BUILT_STREAM} from './built-stream.js';
import {append, appendAll, numbered, numberOf, range, sampleEvent} from './sample-events.js';
import {temporaryFolder} from './temporary-folder.js';

type Answer = {readonly result: unknown} | {readonly code: string; readonly message: string};

/** A reader in a thread; one call at a time. */
async function startReader(folder: string) {
  const worker = new Worker(new URL('fixtures/reader-thread.js', import.meta.url), {
    workerData: {moduleUrl: BUILT_STREAM, folder},
  });
  const answer = async (): Promise<unknown> => {
    const [message] = (await once(worker, 'message')) as [Answer];
    if ('result' in message) return message.result;
    throw Object.assign(new Error(message.message), {code: message.code});
  };
  await answer();
  const call = (method: string, ...args: unknown[]): Promise<unknown> => {
    worker.postMessage({method, args});
    return answer();
  };
  return {
    call,
    read: async (offset: number, maxEvents: number) =>
      (await call('read', offset, maxEvents)) as StoredEvent[],
    async [Symbol.asyncDispose]() {
      const exited = once(worker, 'exit');
      await call('close');
      await exited;
    },
  };
}

it('shows a reader in another thread each event as soon as it is acknowledged', async () => {
  await using temporary = await temporaryFolder();
  const folder = join(temporary.path, 'stream');
  await using reader = await startReader(folder);
  expect(await reader.call('head')).toBe(0);
  const writer = await openStreamWriter(folder);
  for (const n of range(0, 50)) {
    await append(writer, numbered(n));
    expect(await reader.call('head')).toBe(n + 1);
    expect((await reader.read(n, 10)).map(numberOf)).toEqual([n]);
  }
  await writer.close();
});

it('keeps two threads apart that read while much is appended', async () => {
  await using temporary = await temporaryFolder();
  const writer = await openStreamWriter(temporary.path);
  await using one = await startReader(temporary.path);
  await using two = await startReader(temporary.path);
  const readUpTo = async (reader: typeof one, end: number): Promise<number[]> => {
    const numbers: number[] = [];
    while (numbers.length < end) numbers.push(...(await reader.read(numbers.length, 700)).map(numberOf));
    return numbers;
  };
  const appended = (async () => {
    for (const start of range(0, 20))
      await appendAll(
        writer,
        range(start * 500, start * 500 + 500).map(n => numbered(n)),
      );
  })();
  const [first, second] = await Promise.all([readUpTo(one, 10_000), readUpTo(two, 10_000), appended]);
  expect(first).toEqual(range(0, 10_000));
  expect(second).toEqual(range(0, 10_000));
  await writer.close();
});

it('lets a cursor that another thread moves hold back retention, while the writer goes on', async () => {
  await using temporary = await temporaryFolder();
  const writer = await openStreamWriter(temporary.path, {retainMs: 1_000});
  await using reader = await startReader(temporary.path);
  for (const n of range(0, 20)) await append(writer, sampleEvent({recordedMs: n}));
  const moved = reader.call('moveCursor', 'store', 8);
  await Promise.all([
    moved,
    appendAll(
      writer,
      range(20, 30).map(n => sampleEvent({recordedMs: n})),
    ),
  ]);
  await writer.retain(1_000_000);
  expect(await reader.call('first')).toBe(8);
  expect(await reader.call('cursors')).toEqual([{name: 'store', offset: 8}]);
  expect(writer.head).toBe(30);
  await writer.close();
});
