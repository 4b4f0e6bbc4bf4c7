/** A full disk, on a small volume of its own in memory. Needs the right to mount one; says so and skips without it. */
import {execFileSync} from 'node:child_process';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import type {StreamReader, StreamWriter} from '../../src/stream/event-stream.js';
import {openStreamReader, openStreamWriter} from '../../src/stream/lmdb-stream.js';
import {numbered, numberOf, range, readAll} from './sample-events.js';
import {temporaryFolder} from './temporary-folder.js';

const MEBIBYTE = 2 ** 20;

/** A volume of 24 MiB, or the reason why there is none. */
async function mountVolume() {
  const temporary = await temporaryFolder();
  const path = join(temporary.path, 'volume');
  await mkdir(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path], {stdio: 'pipe'});
  } catch (error) {
    await temporary[Symbol.asyncDispose]();
    return {reason: (error as Error).message.trim()};
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [path]);
      await temporary[Symbol.asyncDispose]();
    },
  };
}

const probe = await mountVolume();
if ('reason' in probe) console.warn(`SKIPPED: a full disk cannot be tested here: ${probe.reason}`);
else await probe[Symbol.asyncDispose]();

async function openVolume() {
  const volume = await mountVolume();
  if ('reason' in volume) throw new Error(volume.reason);
  return volume;
}

/** Appends numbered events of a kilobyte until one is refused; gives all answers. */
async function appendUntilRefused(writer: StreamWriter) {
  const acknowledged: number[] = [];
  const refused: unknown[] = [];
  const padding = ' '.repeat(1_000);
  for (let number = 0; refused.length === 0; ) {
    const group = range(number, number + 1_000);
    number += group.length;
    await Promise.all(
      group.map(
        n =>
          new Promise<void>(resolve =>
            writer.append({...numbered(n), payload: Buffer.from(`${n}${padding}`)}, (error, offset) => {
              if (error === undefined) acknowledged.push(offset);
              else refused.push(error);
              resolve();
            }),
          ),
      ),
    );
  }
  return {acknowledged, refused};
}

async function appendOne(writer: StreamWriter, n: number): Promise<number> {
  return new Promise((resolve, reject) =>
    writer.append(numbered(n), (error, offset) => (error === undefined ? resolve(offset) : reject(error))),
  );
}

const unhandled: unknown[] = [];
const keep = (reason: unknown) => unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', keep));
afterAll(() => void process.off('unhandledRejection', keep));

describe.skipIf('reason' in probe)('on a full disk', () => {
  it.each([
    ['the reserve is reached', undefined],
    ['a write fails', 0],
  ])(
    'refuses events from the moment when %s, and goes on by itself when there is space',
    async (_when, reserveBytes) => {
      await using volume = await openVolume();
      const filler = join(volume.path, 'filler');
      await writeFile(filler, Buffer.alloc(6 * MEBIBYTE));
      const folder = join(volume.path, 'stream');
      const writer = await openStreamWriter(folder, reserveBytes === undefined ? {} : {reserveBytes});
      const reader = await openStreamReader(folder);

      const {acknowledged, refused} = await appendUntilRefused(writer);
      expect(acknowledged.length).toBeGreaterThan(1_000);
      expect(acknowledged).toEqual(range(0, acknowledged.length));
      for (const error of refused) expect(error).toMatchObject({code: 'IOT_DISK_FULL'});
      expect(writer.blockedBy).toBe('disk full');
      expect(writer.pendingBytes).toBe(0);
      await expect(appendOne(writer, 0)).rejects.toMatchObject({code: 'IOT_DISK_FULL'});
      await checkHolds(reader, acknowledged.length);

      await rm(filler);
      await vi.waitFor(() => expect(writer.blockedBy).toBeUndefined(), {timeout: 10_000});
      expect(await appendOne(writer, acknowledged.length)).toBe(acknowledged.length);
      await checkHolds(reader, acknowledged.length + 1);
      await reader.close();
      await writer.close();
      expect(unhandled).toEqual([]);
    },
  );

  it('has all that was acknowledged when it is opened again', async () => {
    await using volume = await openVolume();
    const folder = join(volume.path, 'stream');
    const writer = await openStreamWriter(folder, {reserveBytes: 0});
    const {acknowledged} = await appendUntilRefused(writer);
    await writer.close();
    const reader = await openStreamReader(folder);
    await checkHolds(reader, acknowledged.length);
    await reader.close();
  });

  it('goes on by itself when retention has made room within the file', async () => {
    await using volume = await openVolume();
    const folder = join(volume.path, 'stream');
    const writer = await openStreamWriter(folder, {retainBytes: 4 * MEBIBYTE});
    const {acknowledged} = await appendUntilRefused(writer);
    expect(writer.blockedBy).toBe('disk full');
    await writer.retain(Date.now());
    await vi.waitFor(() => expect(writer.blockedBy).toBeUndefined(), {timeout: 10_000});
    expect(await appendOne(writer, 0)).toBe(acknowledged.length);
    await writer.close();
  });

  it('moves a cursor, or says that it cannot because the disk is full', async () => {
    await using volume = await openVolume();
    const folder = join(volume.path, 'stream');
    const writer = await openStreamWriter(folder, {reserveBytes: 0});
    const reader = await openStreamReader(folder);
    await reader.moveCursor('store', 0);
    await appendUntilRefused(writer);
    await writeFile(join(volume.path, 'filler'), Buffer.alloc(24 * MEBIBYTE)).catch(() => {});
    const outcome = await reader.moveCursor('store', 7).then(
      () => 'moved',
      (error: unknown) => error,
    );
    if (outcome !== 'moved') expect(outcome).toMatchObject({code: 'IOT_DISK_FULL'});
    expect(reader.cursor('store')).toBe(outcome === 'moved' ? 7 : 0);
    await reader.close();
    await writer.close();
    expect(unhandled).toEqual([]);
  });
});

async function checkHolds(reader: StreamReader, count: number): Promise<void> {
  expect(reader.head()).toBe(count);
  expect((await readAll(reader)).map(numberOf)).toEqual(range(0, count));
}
