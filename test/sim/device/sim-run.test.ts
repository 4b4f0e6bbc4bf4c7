import {describe, expect, it} from 'vitest';
import {SimRun} from '../../../src/sim/device/sim-run.js';
import {until} from '../../support/deadline.js';
import {planOf, THERMOSTAT} from '../../support/sim-plan.js';
import {startGateway} from '../../support/start-gateway.js';

const spec = THERMOSTAT;

describe('a simulation', () => {
  it('has every message acknowledged, and each is an event', async () => {
    await using gateway = await startGateway();
    const {measurements} = await new SimRun(planOf(gateway.port, spec)).run();
    expect(measurements.counters).toMatchObject({
      connected: 2,
      reconnects: 0,
      repeated: 0,
      unacknowledged: 0,
    });
    expect(measurements.failures).toEqual({});
    expect(measurements.counters.sent).toBeGreaterThan(50);
    const told = (await gateway.events()).filter(({type}) => type === 'telemetry');
    expect(told).toHaveLength(measurements.counters.acknowledged);
    expect(told).toHaveLength(measurements.counters.sent);
  });

  it('answers a command', async () => {
    await using gateway = await startGateway();
    const run = new SimRun(planOf(gateway.port, spec, {durationMs: null}));
    const running = run.run();
    await until(() => gateway.told.ready.includes('pump-7'), 'the device to listen');
    const delivery = {
      tenant: 'default',
      device: 'pump-7',
      via: [],
      id: 'c1',
      name: 'setTarget',
      payload: '{"celsius":19}',
    };
    expect(gateway.gateway.devices.deliver(delivery)).toBe('sent');
    await gateway.event('command.result');
    run.stop();
    const {measurements} = await running;
    expect(measurements.counters.commandsAnswered).toBe(1);
    const results = (await gateway.events()).filter(({type}) => type.startsWith('command.'));
    expect(results.map(({type}) => type)).toEqual(['command.ack', 'command.result']);
    expect(JSON.parse(Buffer.from(results[1]!.payload).toString())).toEqual({
      status: 'succeeded',
      data: {temperature: 19},
    });
  });
});
