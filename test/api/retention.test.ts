/** How long data is kept: what belongs to no tenant, and policies of former versions. */
import {appendFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {fromPolicy} from '../../src/admin/origin.js';
import RetentionVerify from '../../src/commands/retention/verify.js';
import {NO_RETENTION} from '../../src/domain/retention.js';
import {PLATFORM} from '../../src/domain/tenant.js';
import {asCaller} from '../support/as-caller.js';
import {runCommand} from '../support/run-command.js';
import {startTestApi} from '../support/start-api.js';
import {eventOf, startStore} from '../support/start-store.js';
import {withContext} from '../support/with-context.js';

const DAY_MS = 86_400_000;

it('what belongs to no tenant goes after 90 days, which is told, and shown to who may see the platform', async () => {
  await using world = await startStore();
  await using api = await startTestApi({}, {history: world.store});
  const nobody = (days: number) =>
    eventOf(
      {reason: 'nobody'},
      {tenant: '', device: '', type: 'refused', recordedMs: Date.now() - days * DAY_MS},
    );
  await world.put(nobody(100), nobody(92), nobody(80), nobody(0));

  expect(await api.admin.retention.run(fromPolicy('retention'), PLATFORM)).toMatchObject({deletedRows: 2});
  expect(await world.rows('SELECT count(*) FROM events', PLATFORM)).toEqual([[2]]);
  const [told] = await api.registry.outbox.next(10);
  expect(told!.event).toMatchObject({tenant: '', type: 'history.retained', data: {deletedRows: 2}});

  expect((await api.client.retention.get({platform: true})).raw.deleteAfterDays).toBe(90);
  expect((await api.client.retention.get()).raw.deleteAfterDays).toBeNull();
  const roles = [{role: 'tenant-admin'}];
  const {body} = await asCaller(api)('POST', '/v1/tokens', {name: 'own', roles});
  const ask = asCaller(api, body.secret as string);
  expect((await ask('GET', '/v1/retention?platform=true')).status).toBe(403);
  expect((await ask('GET', '/v1/retention')).status).toBe(200);
});

it('the limit of a size that was set when it was one of archives only is kept', async () => {
  await using api = await startTestApi();
  const {raw, ...others} = await api.registry.retention.get('default');
  const {bytesMax: _, ...limits} = raw;
  await api.registry.retention.set('default', {
    ...others,
    raw: {...limits, archiveAfterDays: 7, archiveBytesMax: 5000},
  } as never);
  expect((await api.client.retention.get()).raw).toEqual({
    archiveAfterDays: 7,
    deleteAfterDays: null,
    bytesMax: 5000,
  });
});

it('whoever verifies the archive is told which files are not as they were written, and so is a script', async () => {
  await using world = await startStore();
  await using api = await startTestApi({}, {history: world.store});
  await using _ = await withContext(api.url, api.token);
  const old = {...NO_RETENTION, archiveAfterDays: 1};
  await world.put(...[9, 8].map(days => eventOf({n: 1}, {timeMs: Date.now() - days * DAY_MS})));
  await world.store.retain('default', {policy: {raw: old, typed: old}, nowMs: Date.now()});

  expect(await runCommand(RetentionVerify)).toMatchObject({exitCode: 0, result: {files: 4, faults: []}});
  const folder = join(world.folder, 'archive/tenant=default');
  const names = await readdir(folder, {recursive: true});
  const file = join(folder, names.find(name => name.endsWith('.parquet'))!);
  await appendFile(file, ' ');
  const {exitCode, stdout, stderr} = await runCommand(RetentionVerify, '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject({files: 4, unknown: 0, faults: [{file, fault: 'changed'}]});
  expect(stderr).toContain(`${file} (changed)`);
  expect(exitCode).toBe(7);
});

it('a run that meets a damaged file does the rest, records that, and then names the file', async () => {
  await using world = await startStore();
  await using api = await startTestApi({}, {history: world.store});
  const old = {archiveAfterDays: 1};
  await api.client.retention.set({raw: old, typed: old});
  const said = (n: number) => eventOf({n}, {timeMs: Date.now() - 9 * DAY_MS + n});
  await world.put(said(1));
  await api.client.retention.run({compact: true});
  await world.put(said(2));
  const folder = join(world.folder, 'archive/tenant=default');
  const names = await readdir(folder, {recursive: true});
  const file = join(folder, names.find(name => name.includes('events') && name.endsWith('.parquet'))!);
  await appendFile(file, ' ');
  const before = (await api.registry.outbox.next(100)).length;

  await expect(api.client.retention.run({compact: true})).rejects.toMatchObject({
    code: 'IOT_DATA_CORRUPT',
    message: expect.stringContaining(`${file} is damaged`) as string,
  });
  const told = (await api.registry.outbox.next(100)).slice(before).map(({event}) => event);
  expect(told.filter(({type}) => type === 'history.retained')).toMatchObject([
    {data: {archivedRows: 2, mergedParts: 2}},
  ]);
});
