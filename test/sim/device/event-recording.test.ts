import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {RecordSink} from '../../../src/cli/tail/record-sink.js';
import {Progress} from '../../../src/delivery/progress.js';
import {toCloudEvent} from '../../../src/domain/cloud-event.js';
import type {StoredEvent} from '../../../src/domain/event.js';
import {readingsOf} from '../../../src/domain/telemetry.js';
import {readEventRecording} from '../../../src/sim/device/event-recording.js';
import {SimRun} from '../../../src/sim/device/sim-run.js';
import {fleetOf, ofGateway, planOf} from '../../support/sim-plan.js';
import {startGateway} from '../../support/start-gateway.js';
import {temporaryFolder} from '../../support/temporary-folder.js';

const AT = Date.parse('2026-01-05T08:00:00Z');
const DAY_CLOCK = {startMs: AT, pastMs: 0, fillsPast: false, acceleration: 10_000};

/** Every reading with its device, component and time. */
const told = (events: readonly StoredEvent[]): string[] =>
  events
    .filter(({type}) => type === 'telemetry')
    .flatMap(({device, component, payload}) =>
      readingsOf(JSON.parse(Buffer.from(payload).toString())).map(reading =>
        JSON.stringify([device, component, reading]),
      ),
    )
    .sort();

async function simulated(): Promise<StoredEvent[]> {
  await using gateway = await startGateway();
  const spec = {
    model: 'pump',
    version: 1,
    metrics: {temperature: {type: 'number'}, 'motor.speed': {type: 'number'}},
    components: {left: {metrics: {level: {type: 'number'}}}},
    simulate: {
      interval: '10m',
      metrics: {temperature: {walk: {start: 20, step: 0.5}}, 'motor.speed': {uniform: {min: 1, max: 9}}},
      components: {left: {metrics: {level: {uniform: {min: 0, max: 1}}}}},
    },
  };
  const plan = planOf(gateway.port, spec as never, {
    clock: DAY_CLOCK,
    durationMs: null,
    lifeMs: 3_600_000,
    fleets: [{fleet: fleetOf({intervalMs: 600_000, jitter: 0.2}), spec: spec as never}],
    devices: ofGateway(),
  });
  await new SimRun(plan).run();
  return await gateway.events();
}

it('tells the same readings at the same times: simulated, recorded, replayed', async () => {
  const events = await simulated();
  expect(told(events).length).toBeGreaterThan(10);
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'recorded.ndjson');
  const sink = await RecordSink.open(file, new Progress(), {goOn: false});
  for (const event of events) await sink.take(toCloudEvent(event));
  await sink.finish();

  await using gateway = await startGateway();
  const {startMs, lengthMs, recordings} = await readEventRecording(file);
  const spec = {model: 'recording', version: 1};
  const plan = planOf(gateway.port, spec, {
    clock: {...DAY_CLOCK, startMs},
    durationMs: null,
    lifeMs: lengthMs + 1,
    fleets: [{fleet: fleetOf(), spec}],
    devices: ofGateway().map(device => ({
      ...device,
      recording: recordings.find(own => own.device === device.id)!.rows,
    })),
  });
  await new SimRun(plan).run();
  expect(told(await gateway.events())).toEqual(told(events));
});

const eventLine = (offset: number, fields: object = {}): string =>
  `${JSON.stringify({specversion: '1.0', offset, source: '/t/a/d/x', type: 'telemetry', time: '2026-01-05T08:00:00Z', data: {t: offset}, ...fields})}\n`;

it('tells once what was recorded twice, and each of several readings at its time', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'r.ndjson');
  const several = [{ts: AT + 5, v: {t: 1}}, {t: 2}];
  await writeFile(
    file,
    eventLine(1) +
      eventLine(2) +
      eventLine(2) +
      eventLine(3, {data: several}) +
      eventLine(4, {type: 'status'}),
  );
  const {startMs, lengthMs, recordings} = await readEventRecording(file);
  expect([startMs, lengthMs]).toEqual([AT, 5]);
  expect(recordings).toEqual([
    {
      device: 'x',
      rows: [
        [0, '{"t":1}', ''],
        [0, '{"t":2}', ''],
        [0, '{"t":2}', ''],
        [5, '{"t":1}', ''],
      ],
    },
  ]);
});

it.each([
  ['not json\n', /line 1: not JSON/],
  ['{"time":"2026-01-05"}\n', /line 1: not a CloudEvent/],
  ['', /has no telemetry/],
])('says what is wrong with %j', async (text, message) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'r.ndjson');
  await writeFile(file, text);
  await expect(readEventRecording(file)).rejects.toThrow(message);
  await expect(readEventRecording(`${file}.nowhere`)).rejects.toMatchObject({code: 'IOT_INPUT_INVALID'});
});

it('goes on with a recording behind its last whole line, and overwrites none', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'r.ndjson');
  await writeFile(file, `${eventLine(1)}{"torn`);
  await expect(RecordSink.open(file, new Progress(), {goOn: false})).rejects.toMatchObject({
    code: 'IOT_CONFLICT',
  });
  const progress = new Progress();
  const sink = await RecordSink.open(file, progress, {goOn: true});
  await sink.take(JSON.parse(eventLine(2)) as never);
  await sink.finish();
  expect(await readFile(file, 'utf8')).toBe(eventLine(1) + eventLine(2));
  expect(progress.doneUpTo).toBe(2);
});
