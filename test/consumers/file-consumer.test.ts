import {appendFile, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {FileSink} from '../../src/consumers/file-sink.js';
import type {CloudEvent} from '../../src/domain/cloud-event.js';
import type {StoredEvent} from '../../src/domain/event.js';
import {numbered, range} from '../stream/sample-events.js';
import {startConsumers} from '../support/start-consumers.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const eventAt = (offset: number): StoredEvent => ({...numbered(offset), offset});

const isFull = (): boolean => false;

/** Offsets in each file, in the order of their names. */
async function offsetsIn(folder: string): Promise<[string, number[]][]> {
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
  return texts.map((text, index) => [
    names[index]!.replace(/^[^.]*/, ''),
    text
      .split('\n')
      .filter(Boolean)
      .map(line => (JSON.parse(line) as CloudEvent).offset),
  ]);
}

it('writes events into a folder of its own, and none of another tenant', async () => {
  await using started = await startConsumers();
  await started.api.registry.tenants.create('other', {}, Date.now());
  started.events.append(...range(0, 5).map(number => numbered(number)), numbered(9, {tenant: 'other'}));
  await started.client.create({name: 'lake', target: {kind: 'file'}, from: 'beginning'});
  await started.caughtUp('lake');
  expect(await offsetsIn(join(started.filesFolder, 'default', 'lake'))).toEqual([
    ['.ndjson.part', [0, 1, 2, 3, 4]],
  ]);
});

it('begins a new file when one is large or old enough, and then leaves it alone', async () => {
  await using folder = await temporaryFolder();
  const bySize = new FileSink({folder: folder.path, rotateBytes: 1, rotateMs: 60_000, isFull});
  expect(await bySize.deliver([eventAt(0), eventAt(1)])).toBeUndefined();
  expect(await bySize.deliver([eventAt(2)])).toBeUndefined();
  await bySize.close();
  const byAge = new FileSink({folder: folder.path, rotateBytes: 1e9, rotateMs: 0, isFull});
  expect(await byAge.deliver([eventAt(3)])).toBeUndefined();
  await byAge.close();
  expect(await offsetsIn(folder.path)).toEqual([
    ['.ndjson', [0, 1]],
    ['.ndjson', [2]],
    ['.ndjson', [3]],
  ]);
});

it('goes on with the file that it had begun, without what a crash left of a line', async () => {
  await using folder = await temporaryFolder();
  const options = {folder: folder.path, rotateBytes: 1e9, rotateMs: 3_600_000, isFull};
  const before = new FileSink(options);
  await before.deliver([eventAt(0)]);
  await before.close();
  const [name] = await readdir(folder.path);
  await appendFile(join(folder.path, name!), '{"specversion":"1.0","id"');
  const after = new FileSink(options);
  await after.deliver([eventAt(1)]);
  await after.close();
  expect(await offsetsIn(folder.path)).toEqual([['.ndjson.part', [0, 1]]]);
});

it('waits where it cannot write, and says why', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'taken');
  await writeFile(path, '');
  const sink = new FileSink({folder: join(path, 'lake'), rotateBytes: 1e9, rotateMs: 60_000, isFull});
  expect(await sink.deliver([eventAt(0)])).toMatchObject({
    blame: 'away',
    why: expect.stringContaining('ENOTDIR'),
  });
  await sink.close();
});

it('writes nothing more while the quota of its tenant is used up, and all of it after that', async () => {
  await using folder = await temporaryFolder();
  let full = true;
  const sink = new FileSink({folder: folder.path, rotateBytes: 1e9, rotateMs: 60_000, isFull: () => full});
  expect(await sink.deliver([eventAt(0)])).toEqual({
    blame: 'away',
    why: 'the tenant has used up its quota of storage',
  });
  expect(await offsetsIn(folder.path)).toEqual([]);
  full = false;
  expect(await sink.deliver([eventAt(0)])).toBeUndefined();
  await sink.close();
  expect(await offsetsIn(folder.path)).toEqual([['.ndjson.part', [0]]]);
});
