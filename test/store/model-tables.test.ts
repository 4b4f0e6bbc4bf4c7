/** One typed table a model: filled with the events, widened by new versions, never written anew. */
import {describe, expect, it} from 'vitest';
import type {ModelSpec} from '../../src/domain/model.js';
import {eventOf, startStore} from '../support/start-store.js';

const ONE: ModelSpec = {
  model: 'pump',
  version: 1,
  metrics: {
    temperature: {type: 'number'},
    starts: {type: 'integer'},
    running: {type: 'boolean'},
    mode: {type: 'string'},
  },
};
const TWO: ModelSpec = {
  model: 'pump',
  version: 2,
  metrics: {...ONE.metrics, 'door.open': {type: 'boolean'}, time: {type: 'number'}},
  components: {motor: {metrics: {rpm: {type: 'integer'}}}},
};

/** A store whose models a test may add to. */
async function startTyped(...models: ModelSpec[]) {
  const world = await startStore({
    loadVersions: async ({name}) => models.filter(({model}) => model === name),
  });
  return Object.assign(world, {models});
}

const said = (body: unknown, version = 1, parts: object = {}) =>
  eventOf(body, {attributes: {dataschema: `urn:iotctl:default:pump:${version}`}, ...parts});

describe('the table of a model', () => {
  it('has a row for each entry, with columns of their types', async () => {
    await using world = await startTyped(ONE);
    await world.put(
      said({temperature: 21.5, starts: 3, running: true, mode: 'auto'}),
      said([{ts: 1_700_000_000_000, v: {temperature: 1}}, {temperature: -2}]),
      eventOf({temperature: 99}),
      said({state: 'x'}, 1, {type: 'status'}),
    );
    expect(
      await world.rows(
        'SELECT device, version, temperature, starts, running, mode FROM model_pump ORDER BY temperature',
      ),
    ).toEqual([
      ['lamp-1', 1, -2, null, null, null],
      ['lamp-1', 1, 1, null, null, null],
      ['lamp-1', 1, 21.5, 3, true, 'auto'],
    ]);
    expect(await world.rows('SELECT epoch_ms(time)::BIGINT FROM model_pump WHERE temperature = 1')).toEqual([
      [1_700_000_000_000],
    ]);
    expect(await world.rows('SELECT count(*) FROM events')).toEqual([[4]]);
  });

  it('has NULL for what is not of its type, which stays as it was sent in the event', async () => {
    await using world = await startTyped(ONE);
    await world.put(
      said({temperature: 'warm', starts: 1.5, running: 'yes', mode: 7}),
      said({temperature: '21', starts: 2 ** 60, running: 1, mode: null}),
      said({ts: 'soon'}),
    );
    expect(await world.rows('SELECT temperature, running, mode FROM model_pump ORDER BY "offset"')).toEqual([
      [null, null, '7'],
      [null, null, null],
      [null, null, null],
    ]);
    expect(await world.rows(`SELECT body->>'temperature' FROM events ORDER BY "offset" LIMIT 1`)).toEqual([
      ['warm'],
    ]);
  });

  it('gets the columns of a new version, and keeps what it has', async () => {
    await using world = await startTyped(ONE);
    await world.put(said({temperature: 1}));
    world.models.push(TWO);
    await world.put(
      said({temperature: 2, door: {open: true}, time: 5}, 2),
      said({rpm: 1450}, 2, {component: 'motor'}),
      said({'door.open': false}, 2),
      said({temperature: 3}, 1),
    );
    expect(
      await world.rows(
        'SELECT version, component, temperature, "door.open", time_, rpm FROM model_pump ORDER BY "offset"',
      ),
    ).toEqual([
      [1, null, 1, null, null, null],
      [2, null, 2, true, 5, null],
      [2, 'motor', null, null, null, 1450],
      [2, null, null, false, null, null],
      [1, null, 3, null, null, null],
    ]);
  });

  it('keeps the type of a column that a later version has otherwise', async () => {
    await using world = await startTyped(ONE);
    await world.put(said({temperature: 1}));
    world.models.push({model: 'pump', version: 2, metrics: {temperature: {type: 'string'}}});
    await world.put(said({temperature: 'hot'}, 2), said({temperature: 5}, 2));
    expect(await world.rows('SELECT temperature FROM model_pump ORDER BY "offset"')).toEqual([
      [1],
      [null],
      [5],
    ]);
  });

  it('is filled exactly once when the store is closed and opened, and goes on', async () => {
    await using world = await startTyped(ONE);
    await world.put(said({temperature: 1}));
    await world.restart();
    await world.put(said({temperature: 2}));
    expect(await world.rows('SELECT temperature FROM model_pump ORDER BY 1')).toEqual([[1], [2]]);
  });

  it('is not there for a model that was deleted; its events are stored all the same', async () => {
    await using world = await startTyped();
    await world.put(said({temperature: 1}));
    expect(await world.rows('SELECT count(*) FROM events')).toEqual([[1]]);
    await expect(world.rows('SELECT * FROM model_pump')).rejects.toMatchObject({code: 'IOT_QUERY_INVALID'});
  });

  it.each(['a"b', "a'b", 'a_b', 'events', 'select'])('takes %s for a name, and its metrics', async name => {
    await using world = await startTyped({
      model: name,
      version: 1,
      metrics: {select: {type: 'number'}, device: {type: 'number'}},
    });
    const other = eventOf({select: 9}, {attributes: {dataschema: 'urn:iotctl:default:axb:1'}});
    await world.put(
      eventOf({select: 1, device: 2}, {attributes: {dataschema: `urn:iotctl:default:${name}:1`}}),
      other,
    );
    const table = `"model_${name.replaceAll('"', '""')}"`;
    expect(await world.rows(`SELECT device, "select", device_ FROM ${table}`)).toEqual([['lamp-1', 1, 2]]);
  });

  it('shows who sees some devices only the rows of these, and is erased with a device', async () => {
    await using world = await startTyped(ONE);
    await world.put(
      said({temperature: 1}, 1, {device: 'seen'}),
      said({temperature: 2}, 1, {device: 'secret'}),
    );
    const limited = {
      sql: 'SELECT device, temperature FROM model_pump',
      timeoutMs: 20_000,
      maxRows: 10,
      devices: ['seen'],
    };
    expect((await world.store.query('default', limited)).rows).toEqual([['seen', 1]]);
    await expect(
      world.store.query('default', {...limited, sql: 'SELECT * FROM main.model_pump'}),
    ).rejects.toMatchObject({code: 'IOT_QUERY_REFUSED'});
    await world.store.eraseDevice('default', 'seen');
    expect(await world.rows('SELECT device FROM model_pump')).toEqual([['secret']]);
  });
});
