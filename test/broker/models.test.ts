/** Telemetry held against its model: what breaks it is kept, marked and counted. */
import {describe, expect, it} from 'vitest';
import type {ModelSpec} from '../../src/domain/model.js';
import {deviceLogin, startGateway} from '../support/start-gateway.js';

const PUMP: ModelSpec = {
  model: 'pump',
  version: 2,
  metrics: {temperature: {type: 'number', min: -40, max: 125}, running: {type: 'boolean'}},
  components: {motor: {metrics: {rpm: {type: 'integer', min: 0}}}},
};

const startWithModel = () =>
  startGateway(
    undefined,
    {},
    {
      registry({devices, models}) {
        models.set('default/pump@2', PUMP);
        devices.set('default/pump-7', {...devices.get('default/pump-7')!, model: {name: 'pump', version: 2}});
      },
    },
  );

describe('telemetry of a described device', () => {
  it.each([
    ['telemetry', '{"temperature":4,"running":true}', undefined],
    ['telemetry', '{"ts":5,"v":{"temperature":null}}', undefined],
    ['telemetry', '[{"temperature":4},{"temperature":500}]', 'out-of-range:temperature'],
    ['telemetry', '{"temperature":"warm"}', 'wrong-type:temperature'],
    ['telemetry', '{"temperature":4,"pressure":1}', 'unknown-metric:pressure'],
    ['telemetry/motor', '{"rpm":1450}', undefined],
    ['telemetry/motor', '{"rpm":1.5}', 'wrong-type:rpm'],
    ['telemetry/gear', '{"rpm":1450}', 'unknown-component:gear'],
  ])('on %s, %s, is kept, and marked with %s', async (suffix, payload, fault) => {
    await using gateway = await startWithModel();
    await using device = await gateway.connect({clientId: 'pump-7'});
    for (const qos of [1, 2] as const) {
      device.send({cmd: 'publish', topic: `me/${suffix}`, qos, messageId: qos, payload});
      await device.next(qos === 1 ? 'puback' : 'pubrec');
    }
    const login = {
      ...deviceLogin('pump-7'),
      secret: deviceLogin('pump-7').password.toString(),
      address: '127.0.0.1',
    };
    const component = suffix.split('/')[1] ?? '';
    await gateway.gateway.http.ingest({...login, component, payload: Buffer.from(payload)});
    const events = (await gateway.events()).filter(({type}) => type === 'telemetry');
    const marked = {dataschema: 'urn:iotctl:default:pump:2', ...(fault ? {modelfault: fault} : {})};
    expect(events.map(({attributes}) => attributes)).toEqual([marked, marked, marked]);
    const told = gateway.gateway
      .takeTellings()
      .faults.map(({name, version, fault: what, count}) => ({name, version, what, count}));
    expect(told).toEqual(fault ? [{name: 'pump', version: 2, what: fault, count: 3}] : []);
  });

  it('of a device whose model nobody described has no mark at all', async () => {
    await using gateway = await startWithModel();
    await using device = await gateway.connect({clientId: 'pump-8', ...deviceLogin('pump-8')});
    device.send({
      cmd: 'publish',
      topic: 'me/telemetry',
      qos: 1,
      messageId: 1,
      payload: '{"anything":"goes"}',
    });
    await device.next('puback');
    expect((await gateway.event('telemetry')).attributes).toBeUndefined();
  });
});
