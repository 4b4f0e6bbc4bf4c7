/** The stream on LMDB: the contract, and what only a folder on disk has. */
import {readFile, stat, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {openStreamReader, openStreamWriter} from '../../src/stream/lmdb-stream.js';
import {describeEventStream, type StreamUnderTest} from './contract.js';
import {append, appendAll, numbered, numberOf, range, readAll, sampleEvent} from './sample-events.js';
import {temporaryFolder} from './temporary-folder.js';

async function openOnDisk(): Promise<StreamUnderTest & {readonly folder: string}> {
  const temporary = await temporaryFolder();
  const folder = join(temporary.path, 'stream');
  const opened: {close(): Promise<void>}[] = [];
  const keep = <T extends {close(): Promise<void>}>(part: T): T => {
    opened.push(part);
    return part;
  };
  return {
    folder,
    openWriter: async options => keep(await openStreamWriter(folder, options)),
    openReader: async () => keep(await openStreamReader(folder)),
    async [Symbol.asyncDispose]() {
      for (const part of opened) await part.close();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

describeEventStream('LMDB', openOnDisk);

it('lets only its own user into folder and files', async () => {
  await using stream = await openOnDisk();
  await append(await stream.openWriter(), sampleEvent());
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  expect(await modeOf(stream.folder)).toBe(0o700);
  expect(await modeOf(join(stream.folder, 'data.mdb'))).toBe(0o600);
  expect(await modeOf(join(stream.folder, 'lock.mdb'))).toBe(0o600);
});

it('commits many events that come together in few batches, and more than one group can hold', async () => {
  await using stream = await openOnDisk();
  const writer = await stream.openWriter();
  const heads: number[] = [];
  writer.onCommit(head => heads.push(head));
  const payload = Buffer.alloc(1_000, 'x');
  await appendAll(
    writer,
    range(0, 20_000).map(() => sampleEvent({payload})),
  );
  expect(heads.length).toBeGreaterThan(3);
  expect(heads.length).toBeLessThan(20);
  expect(await readAll(await stream.openReader())).toHaveLength(20_000);
});

it('holds payloads larger than a group', async () => {
  await using stream = await openOnDisk();
  const writer = await stream.openWriter();
  const payload = Buffer.alloc(6 * 2 ** 20, 'abc');
  await appendAll(writer, [sampleEvent(), sampleEvent({payload}), sampleEvent()]);
  const events = await readAll(await stream.openReader());
  expect(events).toHaveLength(3);
  expect(Buffer.compare(events[1]!.payload, payload)).toBe(0);
});

it('uses the space of removed events again', async () => {
  await using stream = await openOnDisk();
  const writer = await stream.openWriter({retainBytes: 2 ** 20});
  const reader = await stream.openReader();
  const payload = Buffer.alloc(1_000, 'x');
  const sizes: number[] = [];
  for (let round = 0; round < 12; round++) {
    for (let step = 0; step < 4; step++)
      await appendAll(
        writer,
        range(0, 250).map(() => sampleEvent({payload})),
      );
    await writer.retain(0);
    sizes.push(reader.bytes());
  }
  expect(sizes.at(-1)).toBeLessThan(6 * 2 ** 20);
});

/** Replaces bytes in the closed stream's file. */
async function overwrite(folder: string, from: string, to: string): Promise<void> {
  const path = join(folder, 'data.mdb');
  const bytes = await readFile(path);
  for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, at + 1))
    bytes.write(to, at, 'latin1');
  await writeFile(path, bytes);
}

async function writeAndClose(stream: StreamUnderTest, marker: string): Promise<void> {
  const writer = await stream.openWriter();
  await appendAll(
    writer,
    range(0, 10).map(n => numbered(n)),
  );
  await append(writer, sampleEvent({payload: Buffer.from(marker)}));
  await appendAll(
    writer,
    range(11, 20).map(n => numbered(n)),
  );
  await writer.close();
}

it('names the offset of a damaged batch, and still gives the others', async () => {
  await using stream = await openOnDisk();
  await writeAndClose(stream, 'a marker in the middle');
  await overwrite(stream.folder, 'a marker in the middle', 'A');
  const reader = await stream.openReader();
  expect((await reader.read(0, 10)).map(numberOf)).toEqual(range(0, 10));
  await expect(reader.read(10, 1)).rejects.toMatchObject({
    code: 'IOT_DATA_CORRUPT',
    message: expect.stringContaining('offset 10') as string,
  });
  expect((await reader.read(11, 100)).map(numberOf)).toEqual(range(11, 20));
});

it.each([
  ['holds something else', (path: string) => writeFile(path, Buffer.alloc(100_000, 'x'))],
  ['is too short', (path: string) => writeFile(path, 'xx')],
  ['was cut off', (path: string) => truncate(path, 20_000)],
])('says which file is damaged when it %s', async (_case, damage) => {
  await using stream = await openOnDisk();
  const writer = await stream.openWriter();
  await appendAll(
    writer,
    range(0, 40).map(() => sampleEvent({payload: Buffer.alloc(500_000)})),
  );
  await writer.close();
  await damage(join(stream.folder, 'data.mdb'));
  const expected = {
    code: 'IOT_DATA_CORRUPT',
    message: expect.stringContaining(join(stream.folder, 'data.mdb')) as string,
  };
  await expect(stream.openReader()).rejects.toMatchObject(expected);
  await expect(stream.openWriter()).rejects.toMatchObject(expected);
});

it('does not crash where only the end of the file is missing', async () => {
  await using stream = await openOnDisk();
  await writeAndClose(stream, 'marker');
  await truncate(join(stream.folder, 'data.mdb'), 9_000);
  await expect(stream.openReader().then(reader => readAll(reader))).rejects.toMatchObject({
    code: 'IOT_DATA_CORRUPT',
  });
});
