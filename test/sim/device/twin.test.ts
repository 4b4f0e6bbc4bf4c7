/** A simulated device and the twin that a platform keeps of it. */
import {describe, expect, it} from 'vitest';
import type {ModelSpec} from '../../../src/domain/model.js';
import {SimRun} from '../../../src/sim/device/sim-run.js';
import {until} from '../../support/deadline.js';
import {fleetOf, ofGateway, planOf} from '../../support/sim-plan.js';
import {startTwins} from '../../support/start-twins.js';

const spec: ModelSpec = {
  model: 'heater',
  version: 1,
  metrics: {target: {type: 'number', min: 5, max: 30}},
  properties: {
    'heating.target': {type: 'number', writable: true},
    interval: {type: 'number', writable: true},
    locked: {type: 'boolean', writable: true},
    'firmware.version': {type: 'string', writable: true},
    'firmware.state': {type: 'string'},
  },
  simulate: {
    interval: '1h',
    metrics: {target: {constant: 20}},
    twin: {
      'heating.target': {value: 20, metric: 'target', latency: '10ms'},
      interval: {value: 10, changes: 'interval'},
      locked: {reject: 1, reason: 'has no lock'},
    },
    firmware: {version: '1.0.0', download: '20ms', apply: '20ms'},
  },
};

describe('the twin of a simulated device', () => {
  it('is reported, applied, rejected with a reason, and updates its firmware', async () => {
    await using twins = await startTwins();
    const run = new SimRun(
      planOf(twins.gateway.port, spec, {
        durationMs: null,
        clock: {startMs: null, pastMs: 0, fillsPast: false, acceleration: 20},
        fleets: [{fleet: fleetOf({intervalMs: undefined}), spec}],
        devices: ofGateway(['pump-7']),
      }),
    );
    const running = run.run();
    const twin = () => twins.get('pump-7');
    await until(async () => 'firmware' in (await twin()).reported.properties, 'its first report');
    expect((await twin()).reported.properties).toEqual({
      heating: {target: 20},
      interval: 3600,
      firmware: {version: '1.0.0', state: 'success'},
    });

    await twins.desire('pump-7', {heating: {target: 24}, interval: 0.2});
    await until(
      async () => (await twin()).acknowledged?.status === 'applied',
      'what is desired to be applied',
    );
    expect(await twin()).toMatchObject({state: 'in-sync', reported: {properties: {heating: {target: 24}}}});
    await twins.gateway.event('telemetry', 3);
    const told = (await twins.gateway.events()).filter(({type}) => type === 'telemetry');
    expect(Buffer.from(told.at(-1)!.payload).toString()).toContain('"target":24');

    await twins.desire('pump-7', {locked: true});
    await until(async () => (await twin()).acknowledged?.status === 'rejected', 'the rejection');
    expect((await twin()).acknowledged).toMatchObject({version: 2, reason: 'has no lock'});

    await twins.desire('pump-7', {locked: null, firmware: {version: '2.0.0'}});
    await until(async () => (await twin()).acknowledged?.version === 3, 'the update');
    expect(await twin()).toMatchObject({
      state: 'in-sync',
      reported: {properties: {firmware: {version: '2.0.0', state: 'success'}}},
    });
    await twins.gateway.event('device.connected', 2);
    const reports = (await twins.gateway.events())
      .filter(({type}) => type === 'twin.reported')
      .map(({payload}) => Buffer.from(payload).toString());
    const states = reports.flatMap(text => /"state":"(\w+)"/.exec(text)?.[1] ?? []);
    // What was not acknowledged when it started again comes once more behind these.
    expect(states.slice(0, 4)).toEqual(['success', 'downloading', 'applying', 'success']);
    run.stop();
    await running;
  });
});
