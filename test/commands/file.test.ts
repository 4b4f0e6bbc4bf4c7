/** file put, get, list and delete, as commands, against a real API. */
import {randomBytes} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import FileDelete from '../../src/commands/file/delete.js';
import FileGet from '../../src/commands/file/get.js';
import FileList from '../../src/commands/file/list.js';
import FilePut from '../../src/commands/file/put.js';
import type {StoredFile} from '../../src/domain/file.js';
import {runCommand} from '../support/run-command.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {withContext} from '../support/with-context.js';

let api: StartedApi;
let context: Awaited<ReturnType<typeof withContext>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  api = await startTestApi();
  context = await withContext(api.url, api.token);
  folder = await temporaryFolder();
});
afterEach(async () => {
  await context[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);

async function put(name: string, bytes: Buffer, ...flags: string[]): Promise<StoredFile> {
  await writeFile(at(name), bytes);
  const {result, stderr, exitCode} = await runCommand(FilePut, at(name), ...flags);
  expect({stderr, exitCode}).toMatchObject({exitCode: 0});
  return result as StoredFile;
}

it('goes there and back in pieces', async () => {
  await api.client.createDevice({id: 'press-1'});
  const bytes = randomBytes(9 * 2 ** 20 + 1);
  const file = await put('core.dump', bytes, '--device', 'press-1', '--type', 'application/x-core');
  expect(file).toMatchObject({state: 'stored', device: 'press-1', contentType: 'application/x-core'});
  const {exitCode} = await runCommand(FileGet, 'core.dump', '--device', 'press-1', '--to', at('back'));
  expect(exitCode).toBe(0);
  expect((await readFile(at('back'))).equals(bytes)).toBe(true);
  // Never overwritten.
  const {stderr} = await runCommand(FileGet, 'core.dump', '--to', at('back'));
  expect(stderr).toContain('IOT_CONFLICT');
});

it('goes on where it was, on both ways', async () => {
  const bytes = randomBytes(6 * 2 ** 20);
  const {createHash} = await import('node:crypto');
  const digest = createHash('sha256').update(bytes).digest('hex');
  const wanted = {
    name: 'a.bin',
    device: null,
    bytes: bytes.length,
    digest,
    contentType: 'application/octet-stream',
  };
  const {id} = await api.client.files.begin(wanted);
  await api.client.files.append(id, 0, bytes.subarray(0, 1000));
  await writeFile(at('a.bin'), bytes);
  const {stderr, result} = await runCommand(FilePut, at('a.bin'));
  expect(stderr).toContain('Going on after the 1000 B that are there.');
  expect(result).toMatchObject({id, state: 'stored'});

  const part = at(`b.bin.${digest.slice(0, 8)}.part`);
  await writeFile(part, bytes.subarray(0, 5_000_000));
  expect((await runCommand(FileGet, id, '--to', at('b.bin'))).exitCode).toBe(0);
  expect((await readFile(at('b.bin'))).equals(bytes)).toBe(true);
  // What is something else is not passed off as the file.
  await writeFile(at(`c.bin.${digest.slice(0, 8)}.part`), 'something else');
  const broken = await runCommand(FileGet, id, '--to', at('c.bin'));
  expect(broken.stderr).toContain('arrived as something else than its digest says');
  expect((await runCommand(FileGet, id, '--to', at('c.bin'))).exitCode).toBe(0);
});

it('has versions, of which the newest is meant', async () => {
  await put('calibration.json', Buffer.from('{"offset":1}'));
  const second = await put('calibration.json', Buffer.from('{"offset":2}'));
  await runCommand(FileGet, 'calibration.json', '--to', at('got.json'));
  expect(await readFile(at('got.json'), 'utf8')).toBe('{"offset":2}');
  expect((await runCommand(FileDelete, 'calibration.json', '--yes')).result).toMatchObject({id: second.id});
  const {result} = await runCommand(FileList);
  expect((result as StoredFile[]).map(({bytes}) => bytes)).toEqual([12]);
  expect((await runCommand(FileGet, 'nothing.json')).stderr).toContain('IOT_NOT_FOUND');
});

it('says what cannot be put', async () => {
  expect((await runCommand(FilePut, at('nothing'))).stderr).toContain('IOT_INPUT_INVALID');
  expect((await runCommand(FilePut, folder.path)).stderr).toContain('is no file');
  await writeFile(at('x'), 'x');
  expect((await runCommand(FilePut, at('x'), '--device', 'nobody')).stderr).toContain('IOT_DEVICE_UNKNOWN');
});
