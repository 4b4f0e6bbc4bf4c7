import {appendFile, mkdir, rename, rm, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {wholeFileName} from '../../src/consumers/file-names.js';
import {ConsumerFiles} from '../../src/platform/consumer-files.js';
import {temporaryFolder} from '../support/temporary-folder.js';

async function startFiles(rememberMs?: number) {
  const folder = await temporaryFolder();
  const lake = join(folder.path, 'acme/lake');
  await mkdir(lake, {recursive: true});
  const files = new ConsumerFiles({folder: folder.path, settled: () => Promise.resolve(), rememberMs});
  return {
    files,
    at: (name: string) => join(lake, name),
    bytes: () => files.bytes('acme'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const ONE = wholeFileName(0, 1);
const TWO = wholeFileName(1, 2);

it('counts what was written since, was closed, and was taken away', async () => {
  await using started = await startFiles();
  const {at, bytes} = started;
  expect(await bytes()).toBe(0);
  await writeFile(at(ONE), 'x'.repeat(100));
  await writeFile(at(`${TWO}.part`), 'x');
  expect(await bytes()).toBe(101);
  await appendFile(at(`${TWO}.part`), 'xx');
  expect(await bytes()).toBe(103);
  await appendFile(at(`${TWO}.part`), 'x');
  await rename(at(`${TWO}.part`), at(TWO));
  expect(await bytes()).toBe(104);
  await rm(at(ONE));
  expect(await bytes()).toBe(4);
  expect(await started.files.count({tenant: 'acme', name: 'lake'})).toEqual({files: 1, bytes: 4});
  await started.files.eraseTenant('acme');
  expect(await bytes()).toBe(0);
});

it('looks each time at what a command writes, whatever it is called', async () => {
  await using started = await startFiles();
  const {at, bytes} = started;
  await mkdir(at('deep'));
  for (const [index, name] of ['seen', 'a.ndjson', 'deep/seen'].entries()) {
    await writeFile(at(name), 'x');
    expect(await bytes()).toBe(2 * index + 1);
    await appendFile(at(name), 'x');
    expect(await bytes()).toBe(2 * index + 2);
  }
});

it('takes the size of a whole file for what it was only for a while', async () => {
  await using remembering = await startFiles();
  await using forgetting = await startFiles(0);
  for (const {at, bytes} of [remembering, forgetting]) {
    await writeFile(at(ONE), 'x'.repeat(100));
    expect(await bytes()).toBe(100);
    await truncate(at(ONE));
  }
  expect(await remembering.bytes()).toBe(100);
  expect(await forgetting.bytes()).toBe(0);
});
