/** `devices`, `commands` and `connections`: made for the question that names them. */
import {describe, expect, it} from 'vitest';
import type {LoadRows, RegistryAccess} from '../../src/store/registry-tables.js';
import {eventOf, startStore} from '../support/start-store.js';

const DEVICES = [
  {
    device: 'lamp-1',
    model: 'lamp',
    labels: {site: 'oslo'},
    lifecycle: 'active',
    created_at: '2026-01-01T00:00:00.000Z',
  },
  {device: 'lamp-2', model: 'lamp', labels: {site: 'bergen', 'a b': `'"`}, lifecycle: 'active'},
  {device: 'oven', model: null, labels: {}, lifecycle: 'registered'},
];
const COMMANDS = [
  {id: 'c1', device: 'lamp-1', name: 'on', data: {level: 3}, state: 'succeeded', result: {ok: true}},
  {id: 'c2', device: 'oven', name: 'off', data: null, state: 'queued'},
];

/** A registry with two tenants; a page has one row. */
const loadRows: LoadRows = ({tenant, table, after}) => {
  const all = table === 'devices' ? DEVICES : COMMANDS;
  const row = tenant === 'default' ? all.find(entry => keyOf(entry) > after) : undefined;
  return Promise.resolve({json: JSON.stringify(row ? [row] : []), last: row && keyOf(row)});
};
const keyOf = (row: object): string => String('id' in row ? row.id : (row as {device: string}).device);

const startWorld = async () => {
  const world = await startStore({loadRows});
  await world.put(
    eventOf({temperature: 20}, {device: 'lamp-1'}),
    eventOf({temperature: 30}, {device: 'lamp-2'}),
    eventOf({temperature: 40}, {device: 'oven'}),
  );
  return world;
};
type World = Awaited<ReturnType<typeof startWorld>>;

const ask = async (
  world: World,
  sql: string,
  {
    registry = {devices: 'all', commands: 'all'},
    devices,
    tenant = 'default',
  }: {registry?: RegistryAccess; devices?: string[]; tenant?: string} = {},
) =>
  (await world.store.query(tenant, {sql, timeoutMs: 20_000, registry, ...(devices ? {devices} : {})})).rows;

const BY_SITE = `SELECT labels['site'] AS site, avg(value) FROM readings JOIN devices USING (device) GROUP BY site ORDER BY site`;

describe('devices', () => {
  it('can be joined, filtered and grouped by their labels', async () => {
    await using world = await startWorld();
    expect(await ask(world, BY_SITE)).toEqual([
      ['bergen', 30],
      ['oslo', 20],
      [null, 40],
    ]);
    expect(await ask(world, `SELECT device FROM Devices WHERE labels['site'] = 'oslo'`)).toEqual([
      ['lamp-1'],
    ]);
    expect(await ask(world, `SELECT labels['a b'] FROM "devices" WHERE device = 'lamp-2'`)).toEqual([[`'"`]]);
    expect(await ask(world, `SELECT created_at FROM devices ORDER BY device LIMIT 1`)).toEqual([
      ['2026-01-01T00:00:00.000Z'],
    ]);
    expect(await ask(world, 'SELECT count(*) FROM devices a, devices b')).toEqual([[9]]);
    expect(await ask(world, 'WITH x AS (SELECT * FROM devices) SELECT count(*) FROM x')).toEqual([[3]]);
    expect((await ask(world, 'DESCRIBE devices')).length).toBeGreaterThan(10);
    expect(
      await ask(
        world,
        `SELECT value FROM readings WHERE device IN (SELECT device FROM devices WHERE labels['site'] = $1)`.replace(
          '$1',
          `'oslo'`,
        ),
      ),
    ).toEqual([[20]]);
  });

  it('are those of the tenant', async () => {
    await using world = await startWorld();
    expect(await ask(world, 'SELECT count(*) FROM devices', {tenant: 'acme'})).toEqual([[0]]);
  });

  it('are those that a limited caller sees', async () => {
    await using world = await startWorld();
    const limited = {devices: ['lamp-1'], registry: {devices: ['lamp-1'], commands: ['lamp-1']}};
    expect(await ask(world, BY_SITE, limited)).toEqual([['oslo', 20]]);
    expect(await ask(world, 'SELECT id FROM commands', limited)).toEqual([['c1']]);
    for (const sql of [
      'FROM temp.main.devices',
      'FROM temp.devices',
      'FROM seen_in_devices',
      'FROM main.connections',
    ])
      await expect(ask(world, sql, limited)).rejects.toMatchObject({code: 'IOT_QUERY_REFUSED'});
  });

  it.each(['devices', 'commands'])('need the right to read %s', async table => {
    await using world = await startWorld();
    await expect(ask(world, `SELECT count(*) FROM ${table}`, {registry: {}})).rejects.toMatchObject({
      code: 'IOT_FORBIDDEN',
    });
    expect(await ask(world, 'SELECT count(*) FROM events', {registry: {}})).toEqual([[3]]);
  });
});

it('commands have their arguments and results', async () => {
  await using world = await startWorld();
  expect(
    await ask(world, `SELECT device, data->>'$.level', result->>'$.ok', state FROM commands ORDER BY id`),
  ).toEqual([
    ['lamp-1', '3', 'true', 'succeeded'],
    ['oven', null, null, 'queued'],
  ]);
});

describe('connections', () => {
  const told = (type: string, device: string, session: string, minute: number, body: object = {}) =>
    eventOf(body, {
      type: `device.${type}`,
      device,
      recordedMs: Date.UTC(2026, 0, 31, 12, minute),
      attributes: {sessionid: session, sessionversion: String(minute)},
    });

  it('are put together from the events about them', async () => {
    await using world = await startWorld();
    await world.put(
      told('connected', 'lamp-1', 's1', 0, {remote: '10.0.0.1:5', protocol: '4'}),
      told('disconnected', 'lamp-1', 's1', 5, {reason: 'network'}),
      told('connected', 'lamp-1', 's2', 6),
      // The platform was killed here.
      told('connected', 'lamp-1', 's3', 9),
      told('connected', 'oven', 's4', 1),
    );
    const at = (minute: number): string => `2026-01-31T12:0${minute}:00.000Z`;
    const sql =
      'SELECT device, session, connected_at, disconnected_at, reason, remote FROM connections ORDER BY session';
    expect(await ask(world, sql)).toEqual([
      ['lamp-1', 's1', at(0), at(5), 'network', '10.0.0.1:5'],
      ['lamp-1', 's2', at(6), at(9), null, null],
      ['lamp-1', 's3', at(9), null, null, null],
      ['oven', 's4', at(1), null, null, null],
    ]);
    expect(await ask(world, 'SELECT session FROM connections', {devices: ['oven'], registry: {}})).toEqual([
      ['s4'],
    ]);
  });
});
