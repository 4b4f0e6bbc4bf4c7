/** What is erased of a device while a file of the archive is damaged and another one is gone. */
import {cp, open, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {NO_RETENTION} from '../../src/domain/retention.js';
import {eventOf, startStore} from '../support/start-store.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20, 12);
const old = {...NO_RETENTION, archiveAfterDays: 2};

it('is all that can be read, and the rest once that is back', async () => {
  await using world = await startStore();
  const ago = (days: number) =>
    ['lamp-1', 'lamp-2'].map(device => eventOf({n: days}, {device, timeMs: NOW_MS - days * DAY_MS}));
  await world.put(...[9, 8, 7, 0].flatMap(ago));
  await world.store.retain('default', {policy: {raw: old, typed: old}, nowMs: NOW_MS});
  const archive = join(world.folder, 'archive/tenant=default');
  await cp(archive, join(world.folder, 'backup'), {recursive: true});
  const damaged = await fileOf(archive, 'table=readings/day=2026-11-11');
  const handle = await open(join(archive, damaged), 'r+');
  await handle.truncate((await handle.stat()).size - 9);
  await handle.close();
  const gone = await fileOf(archive, 'table=events/day=2026-11-12');
  await rm(join(archive, gone));

  const error = await world.store.eraseDevice('default', 'lamp-2').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'IOT_ERASURE_INCOMPLETE',
    message: `lamp-2 was erased from all but what cannot be read: ${join(archive, gone)}, ${join(archive, damaged)}`,
  });
  const {rows} = await world.stats({
    metrics: ['n'],
    sinceMs: NOW_MS - 8.5 * DAY_MS,
    untilMs: NOW_MS + DAY_MS,
    labelCount: 0,
    onlyDevices: false,
    aggregates: ['count'],
    by: ['device'],
    timeoutMs: 20_000,
    consistent: false,
  });
  expect(rows).toEqual([{metric: 'n', device: 'lamp-1', values: {count: 3}}]);

  for (const file of [damaged, gone]) await cp(join(world.folder, 'backup', file), join(archive, file));
  await world.store.eraseDevice('default', 'lamp-2');
  for (const table of ['events', 'readings'])
    expect(await world.rows(`SELECT device, count(*) FROM ${table} GROUP BY device`)).toEqual([
      ['lamp-1', 4],
    ]);
});

/** Relative to the archive. */
async function fileOf(archive: string, folder: string): Promise<string> {
  const [name] = await readdir(join(archive, folder));
  return join(folder, name!);
}
