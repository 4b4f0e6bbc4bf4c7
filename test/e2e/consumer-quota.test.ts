import {readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {connectAsync} from 'mqtt';
import {expect, it} from 'vitest';
import {until} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

const MIB = 2 ** 20;

it('counts what a consumer wrote as storage of its tenant, and lets it write no more when that is used up', async () => {
  await using platform = await startPlatform();
  const {api, folder} = platform;
  const login = await platform.device('lamp-1');
  await api.consumers.create({name: 'lake', target: {kind: 'file'}, filter: {type: 'telemetry'}});
  const client = await connectAsync(platform.address.mqttUrl, {...login, reconnectPeriod: 0});
  await client.publishAsync('me/telemetry', '{"n":1}', {qos: 1});
  await client.endAsync();
  await until(async () => (await api.consumers.get('lake')).lag === 0, 'the first event in its file');
  const used = async () => (await api.tenants.ownQuotas()).usage.storageBytes!;
  const before = await used();
  // As if it had written for long, and nobody had taken anything away.
  await writeFile(join(folder, 'consumers/default/lake/20260101T000000000Z-0.ndjson'), Buffer.alloc(8 * MIB));
  expect(await used()).toBeGreaterThanOrEqual(before + 8 * MIB);

  await api.tenants.setQuotas('default', {storageBytes: before + 4 * MIB});
  const isTold = async () =>
    (await api.events({last: 100})).items.some(({type}) => type === 'quota.exceeded');
  await until(isTold, 'the tenant to be told');
  await api.consumers.seek('lake', 'beginning');
  await until(async () => (await api.consumers.get('lake')).problem !== null, 'the problem');
  expect((await api.consumers.get('lake')).problem).toBe('the tenant has used up its quota of storage');
  await api.tenants.setQuotas('default', {storageBytes: null});
  await until(async () => (await api.consumers.get('lake')).lag === 0, 'it to go on');
}, 120_000);

it('lets consumers write again when the files of a deleted one are removed', async () => {
  await using platform = await startPlatform();
  const {api, folder} = platform;
  for (const name of ['lake', 'pond'])
    await api.consumers.create({name, target: {kind: 'file'}, from: 'beginning'});
  await api.createDevice({id: 'lamp-1'});
  const isCaughtUp = async (name: string) => (await api.consumers.get(name)).lag === 0;
  await until(() => isCaughtUp('lake'), 'the first events in their file');
  await writeFile(join(folder, 'consumers/default/lake/20260101T000000000Z-0.ndjson'), Buffer.alloc(8 * MIB));
  const {storageBytes: used} = (await api.tenants.ownQuotas()).usage;
  await api.tenants.setQuotas('default', {storageBytes: used! - 4 * MIB});
  const isTold = async () =>
    (await api.events({last: 100})).items.some(({type}) => type === 'quota.exceeded');
  await until(isTold, 'the tenant to be told');
  await api.consumers.seek('pond', 'beginning');
  await until(async () => (await api.consumers.get('pond')).problem !== null, 'the other one to wait');

  const deleted = await platform.run(['consumer', 'delete', 'lake', '--files', '--yes', '-o', 'ndjson']);
  expect(deleted.stderr).toBe('');
  expect(JSON.parse(deleted.stdout as string)).toMatchObject({id: 'lake', action: 'deleted', files: 2});
  expect(await readdir(join(folder, 'consumers/default'))).toEqual(['pond']);
  await until(() => isCaughtUp('pond'), 'the other one to go on');
  expect((await api.consumers.get('pond')).problem).toBeNull();
}, 120_000);
