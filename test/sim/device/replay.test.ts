import {describe, expect, it} from 'vitest';
import {readRecording} from '../../../src/sim/device/recording.js';
import {SimRun} from '../../../src/sim/device/sim-run.js';
import {fleetOf, ofGateway, planOf} from '../../support/sim-plan.js';
import {startGateway} from '../../support/start-gateway.js';
import {payloadsByDevice} from '../../support/told.js';

const FILE = 'test/corpus/recordings/rooms.csv';

describe('a recording', () => {
  it('is told again, by device and at its times', async () => {
    await using gateway = await startGateway();
    const {startMs, lengthMs, recordings} = await readRecording(FILE, {device: 'room'});
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
