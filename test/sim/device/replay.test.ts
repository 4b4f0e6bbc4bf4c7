import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import {describe, expect, it} from 'vitest';
import {readRecording} from '../../../src/sim/device/recording.js';
import {SimRun} from '../../../src/sim/device/sim-run.js';
import {fleetOf, ofGateway, planOf} from '../../support/sim-plan.js';
import {startGateway} from '../../support/start-gateway.js';
import {temporaryFolder} from '../../support/temporary-folder.js';
import {payloadsByDevice} from '../../support/told.js';

const FILE = 'test/corpus/recordings/rooms.csv';

/** The same rows, as who works with data keeps them. */
async function asParquet(path: string): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (FROM read_csv('${FILE}')) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

describe('a recording', () => {
  it.each(['CSV', 'Parquet'])('is told again, by device and at its times, from %s', async format => {
    await using folder = await temporaryFolder();
    const file = format === 'CSV' ? FILE : await asParquet(join(folder.path, 'rooms.parquet'));
    await using gateway = await startGateway();
    const {startMs, lengthMs, recordings} = await readRecording(file, {device: 'room'});
    expect(recordings.map(({device}) => device)).toEqual(['north', 'south']);
    const spec = {model: 'recording', version: 1};
    const plan = planOf(gateway.port, spec, {
      clock: {startMs, pastMs: 0, fillsPast: false, acceleration: 10_000},
      durationMs: null,
      lifeMs: lengthMs + 1,
      fleets: [{fleet: fleetOf(), spec}],
      devices: ofGateway().map((device, index) => ({...device, recording: recordings[index]!.rows})),
    });
    await new SimRun(plan).run();
    const told = payloadsByDevice(await gateway.events());
    const at = Date.parse('2026-01-05T08:00:00Z');
    expect(told.get('pump-7')).toEqual([
      `{"ts":${at},"v":{"temperature":19.5,"open":false}}`,
      `{"ts":${at + 600_000},"v":{"temperature":19.75,"open":false}}`,
      `{"ts":${at + 1_200_000},"v":{"temperature":20,"open":true}}`,
    ]);
    expect(told.get('pump-8')![1]).toBe(`{"ts":${at + 600_000},"v":{"open":true}}`);
  });

  it.each([
    [{time: 'when'}, /no column when; there are: time, room, temperature, open/],
    [{time: 'room'}, /column room is VARCHAR, which is no time/],
    [{device: 'house'}, /no column house/],
    [{values: ['pressure']}, /no column pressure/],
  ])('says what is wrong: %o', async (columns, message) => {
    await expect(readRecording(FILE, columns)).rejects.toThrow(message);
  });
});
