/** Which devices a list has, in which order: held against the same asked of all of them, one by one. */
import fc from 'fast-check';
import {Kysely, Migrator, sql} from 'kysely';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Device} from '../../src/domain/device.js';
import {BLANK_TWIN, type StoredTwin} from '../../src/domain/twin.js';
import {RegistryDialect} from '../../src/registry/dialect.js';
import {migrations} from '../../src/registry/migrations.js';
import {openRegistry, type Registry} from '../../src/registry/registry.js';
import type {Schema} from '../../src/registry/schema.js';
import {openSqlite} from '../../src/registry/sqlite.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {testKeys} from '../support/test-keys.js';

const TENANT = 'default';
const NOW = Date.now();
const SITES = ['oslo', 'bergen', "o'slo", 'a,b', 'x" OR 1=1 --', ''];
const DEVICES = 200;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let registry: Registry;
let all: Device[];

beforeAll(async () => {
  folder = await temporaryFolder();
  registry = await openRegistry(folder.path, testKeys());
  await registry.bootstrap(NOW);
  const wanted = Array.from({length: DEVICES}, (_, number) => ({
    id: `d-${number % 2 === 0 ? number : `X${number}`}`,
    ...(number % 3 === 0 ? {model: number % 2 === 0 ? 'lamp' : 'pump'} : {}),
    labels: number % 5 === 0 ? {} : {site: SITES[number % SITES.length]!, even: String(number % 2 === 0)},
    metadata: number % 4 === 0 ? {serial: `A${number}`} : {},
    components: number % 7 === 0 ? {motor: {model: null}} : {},
    via: number % 11 === 0 ? ['gateway-1'] : [],
  }));
  await registry.createDevices(TENANT, wanted, {
    ifNotExists: false,
    credential: null,
    createdBy: 'test',
    nowMs: NOW,
  });
  const seen = wanted.flatMap(({id}, number) =>
    number % 3 === 1 ? {tenant: TENANT, device: id, atMs: NOW - number * 60_000, dataMs: null} : [],
  );
  await registry.connectivity.applySeen(seen);
  all = await everything({});
});

afterAll(async () => {
  await registry.close();
  await folder[Symbol.asyncDispose]();
});

async function everything(choice: {selector?: string; where?: string; sort?: string}, limit = 37) {
  const items: Device[] = [];
  let cursor: string | undefined;
  do {
    const page = await registry.devices.list(TENANT, {...choice, limit, cursor});
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

/** A term as text, and what it means. */
const term = fc.oneof(
  fc.tuple(fc.constantFrom(...SITES, 'nowhere'), fc.boolean()).map(([site, not]) => ({
    text: `label.site${not ? '!=' : '='}${quoted(site)}`,
    holds: ({labels}: Device) => (labels.site === site) !== not,
  })),
  fc.constantFrom('true', 'false').map(even => ({
    text: `label.even=${even}`,
    holds: ({labels}: Device) => labels.even === even,
  })),
  fc.constantFrom('lamp', 'pump').map(model => ({
    text: `model=${model}`,
    holds: (device: Device) => device.model === model,
  })),
  fc.boolean().map(not => ({
    text: `${not ? '!' : ''}metadata.serial`,
    holds: ({metadata}: Device) => (metadata.serial === undefined) === not,
  })),
  fc.boolean().map(not => ({
    text: `component${not ? '!=' : '='}motor|other`,
    holds: ({components}: Device) => (components.motor === undefined) === not,
  })),
  fc.constant({text: 'via=gateway-1', holds: ({via}: Device) => via.includes('gateway-1')}),
  fc.integer({min: 1, max: 200}).map(minutes => ({
    text: `lastSeen>${minutes}m30s`,
    holds: ({lastSeenAt}: Device) =>
      lastSeenAt !== null && Date.parse(lastSeenAt) < NOW - minutes * 60_000 - 30_000,
  })),
  fc.constantFrom('d-X*', 'd-?', '*9').map(pattern => ({
    text: `id~${pattern}`,
    holds: ({id}: Device) => new RegExp(`^${pattern.replace('*', '.*').replace('?', '.')}$`).test(id),
  })),
  fc.constantFrom('never', 'online').map(state => ({
    text: `connectivity=${state}`,
    holds: ({connectivity}: Device) => connectivity === state,
  })),
);

const sorts: Readonly<Record<string, (device: Device) => string | number>> = {
  id: ({id}) => id,
  'label.site': ({labels}) => labels.site ?? '',
  lastSeen: ({lastSeenAt}) => (lastSeenAt === null ? -1 : Date.parse(lastSeenAt)),
  model: ({model}) => model ?? '',
};

describe('a list of devices', () => {
  it('has those for which every term holds, in their order, whatever the size of a page', async () => {
    const order = fc.tuple(fc.constantFrom(...Object.keys(sorts)), fc.boolean());
    await fc.assert(
      fc.asyncProperty(
        fc.array(term, {minLength: 1, maxLength: 3}),
        order,
        fc.integer({min: 1, max: 60}),
        async (terms, [field, descending], limit) => {
          const choice = {
            where: terms.map(({text}) => text).join(','),
            sort: field + (descending ? ':desc' : ''),
          };
          const expected = all
            .filter(device => terms.every(({holds}) => holds(device)))
            .sort(
              (a, b) => compare(sorts[field]!(a), sorts[field]!(b), descending) || compare(a.id, b.id, false),
            );
          const listed = await everything(choice, limit);
          expect(listed.map(({id}) => id)).toEqual(expected.map(({id}) => id));
          expect(await registry.devices.count(TENANT, choice)).toBe(expected.length);
        },
      ),
      {numRuns: 60},
    );
  });

  it('takes a selector and terms together, and knows nothing of what looks like SQL', async () => {
    const listed = await everything({selector: 'even=true', where: `label.site=${quoted('x" OR 1=1 --')}`});
    expect(listed).toEqual(all.filter(({labels}) => labels.even === 'true' && labels.site === SITES[4]));
    expect(await everything({selector: `site=x" OR 1=1 --`})).not.toHaveLength(DEVICES);
    expect(await everything({where: `id~"' OR '1'='1"`})).toEqual([]);
  });

  it.each([
    '%%%',
    'W10',
    Buffer.from('["id",{},"x"]').toString('base64url'),
    Buffer.from('["model","","x"]').toString('base64url'),
  ])('refuses the cursor %s', async cursor => {
    await expect(registry.devices.list(TENANT, {limit: 1, cursor})).rejects.toThrow('cursor: not one that');
  });

  it('goes on where it was while devices come and go', async () => {
    const options = {ifNotExists: false, credential: null, createdBy: 'test', nowMs: NOW} as const;
    const first = await registry.devices.list(TENANT, {limit: 5, selector: 'even=true'});
    const [gone, , , , last] = first.items;
    await registry.devices.remove(TENANT, last!.id, {force: true});
    await registry.devices.remove(TENANT, gone!.id, {force: true});
    await registry.createDevices(
      TENANT,
      [
        {id: 'd-1000', labels: {even: 'true'}},
        {id: 'e-1', labels: {even: 'true'}},
      ],
      options,
    );
    const rest = await registry.devices.list(TENANT, {
      limit: 500,
      selector: 'even=true',
      cursor: first.nextCursor!,
    });
    const expected = all.filter(({labels, id}) => labels.even === 'true' && id > last!.id).map(({id}) => id);
    expect(rest.items.map(({id}) => id)).toEqual([...expected, 'e-1']);
  });
});

it('finds devices by what they report, as what it is', async () => {
  await using own = await temporaryFolder();
  const registry = await openRegistry(own.path, testKeys());
  await registry.bootstrap(NOW);
  const options = {ifNotExists: false, credential: null, createdBy: 'test', nowMs: NOW} as const;
  const reports: Record<string, unknown> = {
    warm: {temperature: 31.5, fan: {speed: 3}, on: true, mode: 'auto', 'a-b': 'it"s'},
    cold: {temperature: 4, fan: {speed: 0}, on: false, mode: 'off'},
    text: {temperature: '31.5', fan: 3, on: 1, mode: null},
  };
  const ids = [...Object.keys(reports), 'silent'];
  await registry.createDevices(
    TENANT,
    ids.map(id => ({id})),
    options,
  );
  const twins = Object.entries(reports).map(([device, reported]) => ({
    device,
    twin: {
      ...BLANK_TWIN,
      reported: {...BLANK_TWIN.reported, document: reported as StoredTwin['reported']['document']},
    },
  }));
  await registry.twins.save(TENANT, twins);
  const found = async (where: string) =>
    (await registry.devices.list(TENANT, {limit: 9, where})).items.map(({id}) => id).join(' ');
  expect(await found('reported.temperature>30')).toBe('warm');
  expect(await found('reported.temperature<=31.5,reported.fan.speed>=0')).toBe('cold warm');
  expect(await found('reported.temperature=31.5')).toBe('warm');
  expect(await found('reported.temperature="31.5"')).toBe('text');
  expect(await found('reported.on=true')).toBe('warm');
  expect(await found('reported.on=true|1')).toBe('text warm');
  expect(await found('reported.mode!=auto')).toBe('cold silent text');
  expect(await found('reported.mode~a*')).toBe('warm');
  expect(await found('!reported.fan.speed')).toBe('silent text');
  expect(await found(`reported.a-b='it"s'`)).toBe('warm');
  const {items} = await registry.devices.list(TENANT, {limit: 9, sort: 'reported.fan.speed:desc'});
  expect(items.map(({id}) => id)).toEqual(['warm', 'cold', 'silent', 'text']);
  await expect(found(`reported."]') OR 1=1 --=1`)).rejects.toThrow('where, character 1: expected a field');
  await registry.close();
});

it('finds a device by the labels that it has now', async () => {
  await using own = await temporaryFolder();
  const registry = await openRegistry(own.path, testKeys());
  await registry.bootstrap(NOW);
  const options = {ifNotExists: false, credential: null, createdBy: 'test', nowMs: NOW} as const;
  await registry.createDevices(TENANT, [{id: 'a', labels: {site: 'oslo', room: '1'}}], options);
  const found = async (selector: string) =>
    (await registry.devices.list(TENANT, {limit: 9, selector})).items.length;
  const before = await registry.devices.get(TENANT, 'a');
  const change = {fields: ['labels'], by: 'test', nowMs: NOW};
  await registry.deviceChanges.apply(before, {labels: JSON.stringify({site: 'bergen', room: '1'})}, change);
  expect([await found('site=oslo'), await found('site=bergen'), await found('room=1')]).toEqual([0, 1, 1]);
  await registry.devices.remove(TENANT, 'a', {force: true});
  await registry.createDevices(TENANT, [{id: 'a'}], options);
  expect([await found('site=bergen'), await found('room=1')]).toEqual([0, 0]);
  await registry.close();
});

const compare = (a: string | number, b: string | number, descending: boolean): number =>
  (a < b ? -1 : a > b ? 1 : 0) * (descending ? -1 : 1);

it('finds devices that were there before labels could be looked up', async () => {
  await using own = await temporaryFolder();
  const file = openSqlite(own.path);
  const database = new Kysely<Schema>({dialect: new RegistryDialect(file)});
  await new Migrator({db: database, provider: migrations}).migrateTo('2026-11-24-2-models');
  await sql`INSERT INTO tenants (id, state, quotas, created_ms, changed_ms)
    VALUES (${TENANT}, 'active', '{}', ${NOW}, ${NOW})`.execute(database);
  for (const [id, labels] of [
    ['a', '{"site":"oslo"}'],
    ['b', '{}'],
  ])
    await sql`INSERT INTO devices (tenant, id, generation, labels, lifecycle, admin_state, connectivity, session_version, created_ms)
      VALUES (${TENANT}, ${id}, ${id}, ${labels}, 'registered', 'enabled', 'never', 0, ${NOW})`.execute(
      database,
    );
  await database.destroy();
  const registry = await openRegistry(own.path, testKeys());
  const {items} = await registry.devices.list(TENANT, {limit: 9, selector: 'site=oslo'});
  expect(items.map(({id}) => id)).toEqual(['a']);
  await registry.close();
});
