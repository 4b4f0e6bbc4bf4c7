import {describe, expect, it} from 'vitest';
import {ModelledDevice} from '../../src/sim/device-behaviour.js';
import {type FleetOptions, runFleet} from '../../src/sim/fleet.js';
import {loadModel} from '../../src/sim/model.js';
import {seededRandom} from '../../src/sim/random.js';
import {until} from '../support/deadline.js';
import {DEVICE_SECRET, startGateway} from '../support/start-gateway.js';
import {startProxy} from '../support/start-proxy.js';

const model = await loadModel('thermostat');

const optionsFor = (port: number, changes: Partial<FleetOptions> = {}): FleetOptions => ({
  host: '127.0.0.1',
  port,
  devices: ['pump-7', 'pump-8'].map(id => ({
    clientId: id,
    username: `${id}@default`,
    password: DEVICE_SECRET,
  })),
  topicOf: () => 'me/telemetry',
  behaviourOf: index => new ModelledDevice(model, 1, index),
  ratePerSec: 100,
  durationMs: 500,
  window: 10,
  connectionsPerSec: 1000,
  listens: true,
  resend: true,
  random: seededRandom(1),
  ...changes,
});

describe('a fleet', () => {
  it('has every message acknowledged, and each is an event', async () => {
    await using gateway = await startGateway();
    const report = await runFleet(optionsFor(gateway.port));
    expect(report).toMatchObject({
      devices: 2,
      connected: 2,
      lost: 0,
      repeated: 0,
      reconnects: 0,
      refusedConnections: 0,
    });
    expect(report.sent).toBeGreaterThan(50);
    const told = (await gateway.events()).filter(({type}) => type === 'telemetry');
    expect(told).toHaveLength(report.acknowledged);
  });

  it('answers a command', async () => {
    await using gateway = await startGateway();
    const stop = new AbortController();
    const running = runFleet(optionsFor(gateway.port, {durationMs: 20_000, signal: stop.signal}));
    await until(() => gateway.told.ready.includes('pump-7'), 'the device to listen');
    const delivery = {
      tenant: 'default',
      device: 'pump-7',
      via: [],
      id: 'c1',
      name: 'setTarget',
      payload: '{"celsius":19}',
    };
    expect(gateway.gateway.deliver(delivery)).toBe('sent');
    const result = await gateway.event('command.result');
    expect(JSON.parse(Buffer.from(result.payload).toString())).toEqual({
      status: 'succeeded',
      data: {target: 19},
    });
    stop.abort();
    expect((await running).commandsAnswered).toBe(1);
  });

  it('comes back after its connections were cut, and loses nothing', async () => {
    await using gateway = await startGateway();
    await using proxy = await startProxy(gateway.port);
    const running = runFleet(optionsFor(proxy.port, {durationMs: 1500}));
    await until(() => gateway.gateway.report().eventsTotal > 20, 'some events');
    proxy.cut();
    const report = await running;
    expect(report.reconnects).toBe(2);
    expect(report.lost).toBe(0);
  });

  it('says that it was refused', async () => {
    await using gateway = await startGateway();
    const devices = [{clientId: 'pump-7', username: 'pump-7@default', password: 'wrong'}];
    expect(await runFleet(optionsFor(gateway.port, {devices}))).toMatchObject({
      connected: 0,
      refusedConnections: 1,
      sent: 0,
    });
  });
});

describe('a modelled device', () => {
  it('says the same for the same seed, within its bounds', () => {
    const say = () => {
      const device = new ModelledDevice(model, 7, 0);
      return Array.from({length: 500}, (_, index) => device.payload(index).toString());
    };
    expect(say()).toEqual(say());
  });

  it('rejects what it does not know, and arguments that it cannot use', () => {
    const device = new ModelledDevice(model, 1, 0);
    expect(device.command('explode', null)).toMatchObject({status: 'rejected', code: 'unknown-command'});
    expect(device.command('__proto__', null)).toMatchObject({status: 'rejected', code: 'unknown-command'});
    expect(device.command('setTarget', null)).toMatchObject({status: 'rejected', code: 'invalid-argument'});
    expect(device.command('reboot', null)).toEqual({status: 'succeeded'});
  });
});
