import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import {describe, expect, it} from 'vitest';
import type {ModelSpec, ValueSpec} from '../../../src/domain/model.js';
import {readSimulation} from '../../../src/sim/model/read-simulation.js';
import {withReplays} from '../../../src/sim/model/replay/with-replays.js';
import {valuesOf} from '../../support/simulated.js';
import {temporaryFolder} from '../../support/temporary-folder.js';

const modelOf = (replay: object, x: ValueSpec = {type: 'number'}): ModelSpec => ({
  model: 'm',
  version: 1,
  metrics: {x},
  simulate: {metrics: {x: {replay}}},
});

const CSV =
  'at,watts,mode\n2026-01-01 00:00:00,10.5,eco\n2026-01-01 00:01:00,,off\n2026-01-01 00:03:00,30,eco\n';

async function replayed(spec: ModelSpec, count: number, everyMs?: number, csv = CSV): Promise<unknown[]> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'meter.csv'), csv);
  const {model, problems} = readSimulation(await withReplays(spec, folder.path));
  expect(problems).toEqual([]);
  return valuesOf(model!, count, everyMs === undefined ? {} : {everyMs});
}

describe('a replay', () => {
  it('has a row with each message, and keeps a value where there is none', async () => {
    expect(await replayed(modelOf({file: 'meter.csv', column: 'watts'}), 4)).toEqual([10.5, 10.5, 30, 10.5]);
    const once = modelOf({file: 'meter.csv', column: 'watts', loop: false});
    expect(await replayed(once, 5)).toEqual([10.5, 10.5, 30, 30, 30]);
  });

  it('has rows at their times, or faster', async () => {
    const timed = {file: 'meter.csv', column: 'watts', time: 'at'};
    expect(await replayed(modelOf(timed), 6, 60_000)).toEqual([10.5, 10.5, 10.5, 30, 30, 10.5]);
    expect(await replayed(modelOf({...timed, speed: 60}), 4, 1000)).toEqual([10.5, 10.5, 10.5, 30]);
  });

  it('has texts, and times in Unix seconds', async () => {
    const spec = modelOf(
      {file: 'meter.csv', column: 'mode', time: 't'},
      {type: 'string', values: ['eco', 'off']},
    );
    const csv = 't,mode\n1767225600,eco\n1767225660,off\n';
    expect(await replayed(spec, 3, 60_000, csv)).toEqual(['eco', 'off', 'eco']);
  });

  it('reads Parquet', async () => {
    await using folder = await temporaryFolder();
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    await connection.run(`COPY (SELECT range * 2 AS n FROM range(5)) TO '${folder.path}/n.parquet'`);
    connection.closeSync();
    instance.closeSync();
    const {model} = readSimulation(await withReplays(modelOf({file: 'n.parquet', column: 'n'}), folder.path));
    expect(valuesOf(model!, 6)).toEqual([0, 2, 4, 6, 8, 0]);
  });

  it.each([
    ['no such file', {file: 'none.csv', column: 'watts'}, 'none.csv: no such file'],
    ['no such column', {file: 'meter.csv', column: 'volts'}, 'no column volts; there are: at, watts, mode'],
    [
      'no times',
      {file: 'meter.csv', column: 'watts', time: 'mode'},
      'column mode is VARCHAR, which is no time',
    ],
  ])('of %s is refused', async (_, replay, message) => {
    await expect(replayed(modelOf(replay), 1)).rejects.toMatchObject({
      code: 'IOT_INPUT_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('of times that go back is refused, and one without its file', async () => {
    const spec = modelOf({file: 'meter.csv', column: 'v', time: 't'});
    await expect(replayed(spec, 1, 1000, 't,v\n1767225600,1\n1767225500,2\n')).rejects.toThrow(
      'row 2 has an earlier time',
    );
    expect(readSimulation(spec).problems[0]?.message).toContain('for models in files only');
  });
});
