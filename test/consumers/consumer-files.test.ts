import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {numbered, range} from '../stream/sample-events.js';
import {startConsumers} from '../support/start-consumers.js';

const LAKE = {name: 'lake', target: {kind: 'file'}, from: 'beginning'} as const;

type Started = Awaited<ReturnType<typeof startConsumers>>;

/** A consumer that has written ten events into a file. */
async function startLake(): Promise<Started> {
  const started = await startConsumers();
  started.events.append(...range(0, 10).map(number => numbered(number)));
  await started.client.create(LAKE);
  await started.caughtUp('lake');
  return started;
}

const tenantFolder = (started: Started): string => join(started.filesFolder, 'default');

const filesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

it('removes what a deleted consumer has written, and nothing of another', async () => {
  await using started = await startLake();
  await started.client.create({...LAKE, name: 'lake-2'});
  await started.caughtUp('lake-2');
  const {files, bytes} = await started.client.files('lake');
  expect(files).toBe(1);
  await started.client.remove('lake');
  expect(await started.client.files('lake')).toEqual({files, bytes});
  expect(await started.client.removeFiles('lake')).toEqual({files, bytes});
  expect(await readdir(tenantFolder(started))).toEqual(['lake-2']);
  expect(await started.client.files('lake-2')).toEqual({files, bytes});
  expect(started.faults).toEqual([]);
});

it('tells of it in the log, and in an event that says how much it was', async () => {
  await using started = await startLake();
  await started.client.remove('lake');
  const {files, bytes} = await started.client.removeFiles('lake');
  const {items} = await started.api.registry.audit.list('default', {limit: 1});
  expect(items[0]).toMatchObject({
    action: 'consumer:delete',
    target: 'consumer/lake/files',
    outcome: 'allowed',
    before: expect.any(String),
  });
  const told = (await started.api.registry.outbox.next(100)).map(({event}) => event);
  expect(told.at(-1)).toMatchObject({
    type: 'consumer.files_removed',
    tenant: 'default',
    data: {consumer: 'lake', files, bytes, by: 'token:admin'},
  });
});

it('removes those of one that is paused, which goes on in a new file', async () => {
  await using started = await startLake();
  await started.client.pause('lake');
  expect((await started.client.removeFiles('lake')).files).toBe(1);
  expect(await started.client.removeFiles('lake')).toEqual({files: 0, bytes: 0});
  await started.client.resume('lake');
  started.events.append(numbered(10));
  await started.caughtUp('lake');
  expect((await started.client.files('lake')).files).toBe(1);
});

it('refuses to remove those of one that is not paused, and says what to do', async () => {
  await using started = await startLake();
  await expect(started.client.removeFiles('lake')).rejects.toMatchObject({
    code: 'IOT_CONFLICT',
    message: expect.stringMatching(/not paused.*consumer delete lake --files/),
  });
  expect((await started.client.files('lake')).files).toBe(1);
});

it('knows nobody who neither exists nor has written, and takes no path for a name', async () => {
  await using started = await startLake();
  await writeFile(join(started.filesFolder, 'kept'), 'kept');
  for (const ask of [
    (name: string) => started.client.files(name),
    (name: string) => started.client.removeFiles(name),
  ]) {
    await expect(ask('nobody')).rejects.toMatchObject({code: 'IOT_CONSUMER_UNKNOWN'});
    for (const name of ['..', '.', '../kept', 'lake/..', '../default', 'Lake', ' '])
      await expect(ask(name), name).rejects.toMatchObject({
        code: expect.stringMatching(/IOT_REQUEST_INVALID|IOT_NOT_FOUND|IOT_CONSUMER_UNKNOWN/),
      });
  }
  expect((await readdir(started.filesFolder)).sort()).toEqual(['default', 'kept']);
  expect((await started.client.files('lake')).files).toBe(1);
});

it('removes them once where it is asked twice at the same time', async () => {
  await using started = await startLake();
  await started.client.remove('lake');
  const answers = await Promise.allSettled([1, 2].map(() => started.client.removeFiles('lake')));
  expect(answers).toMatchObject([
    {status: 'fulfilled', value: {files: 1}},
    {status: 'rejected', reason: {code: 'IOT_CONSUMER_UNKNOWN'}},
  ]);
});

it('lets one of that name begin when they are gone, and takes nothing away from it', async () => {
  await using started = await startLake();
  const left = join(tenantFolder(started), 'lake');
  await Promise.all(range(0, 500).map(number => writeFile(join(left, `left-${number}`), 'x')));
  await started.client.remove('lake');
  const [removed] = await Promise.all([started.client.removeFiles('lake'), started.client.create(LAKE)]);
  await started.caughtUp('lake');
  expect(removed.files).toBe(501);
  expect((await filesIn(left)).filter(name => name.startsWith('left-'))).toEqual([]);
  // All ten events again.
  const {bytes} = await started.client.files('lake');
  await started.client.pause('lake');
  expect(await started.client.removeFiles('lake')).toEqual({files: 1, bytes});
});

it('waits until a consumer that is deleted in the middle of its work writes no more', async () => {
  await using started = await startConsumers();
  for (const round of range(0, 10)) {
    started.events.append(...range(0, 2000).map(number => numbered(round * 2000 + number)));
    await started.client.create(LAKE);
    await started.client.remove('lake');
    await started.client.removeFiles('lake').catch(({code}) => expect(code).toBe('IOT_CONSUMER_UNKNOWN'));
    expect(await filesIn(join(tenantFolder(started), 'lake'))).toEqual([]);
  }
  expect(started.faults).toEqual([]);
});

it('removes what a command has left, and follows no link out of its folder', async () => {
  await using started = await startConsumers();
  const outside = join(started.filesFolder, '../outside');
  await mkdir(outside, {recursive: true});
  await writeFile(join(outside, 'kept'), 'kept');
  const command = `mkdir -p deep && cat > deep/seen && ln -sfn "${outside}" link`;
  await started.client.create({...LAKE, name: 'run', target: {kind: 'exec', command}});
  started.events.append(numbered(0));
  await started.caughtUp('run');
  await started.client.remove('run');
  expect((await started.client.removeFiles('run')).files).toBe(1);
  expect(await readdir(tenantFolder(started))).toEqual([]);
  expect(await readdir(outside)).toEqual(['kept']);
});
