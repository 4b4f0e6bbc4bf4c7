/** Devices behind a field gateway: it speaks for those that list it, and for nobody else. */
import {describe, expect, it} from 'vitest';
import {deviceLogin, serviceLogin, startGateway} from '../support/start-gateway.js';

const textOf = (payload: Uint8Array | string): string => Buffer.from(payload).toString();

/** `pump-7` is the field gateway of `sensor-1`; `pump-8` of nobody. */
const startWithChild = () =>
  startGateway(
    undefined,
    {},
    {
      registry({devices}) {
        const gateway = devices.get('default/pump-7')!;
        devices.set('default/pump-7', {...gateway, children: new Map([['sensor-1', undefined]])});
      },
    },
  );

const publish = (topic: string, messageId = 1) => ({
  cmd: 'publish',
  topic,
  qos: 1,
  messageId,
  payload: '{"temperature":4}',
});

describe('a field gateway', () => {
  it.each(['t/default/g/pump-7/d/sensor-1/telemetry/probe', 'me/d/sensor-1/telemetry/probe'])(
    'speaks for its child on %s',
    async topic => {
      await using gateway = await startWithChild();
      await using app = await gateway.connect({clientId: 'a', ...serviceLogin('reader')});
      await app.subscribe('t/default/d/+/telemetry/+');
      await using device = await gateway.connect({clientId: 'pump-7'});
      device.send(publish(topic));
      expect(await device.next('puback')).toMatchObject({messageId: 1});
      expect(await gateway.event('telemetry')).toMatchObject({
        device: 'sensor-1',
        component: 'probe',
        attributes: {via: 'pump-7'},
      });
      // Applications know the child by its own topic, whoever carried it.
      expect((await app.next('publish')).topic).toBe('t/default/d/sensor-1/telemetry/probe');
      expect(gateway.gateway.takeSeen().map(({device: seen}) => seen)).toContain('sensor-1');
    },
  );

  it('does so with QoS 2, too', async () => {
    await using gateway = await startWithChild();
    await using device = await gateway.connect({clientId: 'pump-7'});
    device.send({...publish('me/d/sensor-1/event/major/leak'), qos: 2});
    await device.next('pubrec');
    device.send({cmd: 'pubrel', messageId: 1});
    await device.next('pubcomp');
    expect(await gateway.event('event.leak')).toMatchObject({
      device: 'sensor-1',
      attributes: {via: 'pump-7', severity: 'major'},
    });
  });

  it.each([
    ['a device that does not list it', 'me/d/pump-8/telemetry'],
    ['one that is not there', 't/default/g/pump-7/d/nobody/telemetry'],
    ['another tenant', 't/other/g/pump-7/d/sensor-1/telemetry'],
    ['another gateway', 't/default/g/pump-8/d/sensor-1/telemetry'],
    ['the child under its own name', 't/default/d/sensor-1/telemetry'],
    ['a child’s child', 'me/d/sensor-1/d/sensor-1/telemetry'],
    ['the child, on what only the platform says', 'me/d/sensor-1/cmd/1/reboot'],
    ['the child, on no topic', 'me/d/sensor-1/'],
    ['nobody', 'me/d/'],
  ])('does not speak for %s', async (_, topic) => {
    await using gateway = await startWithChild();
    for (const qos of [1, 2]) {
      await using device = await gateway.connect({clientId: 'pump-7'}, 5);
      device.send({...publish(topic), qos});
      expect(await device.next(qos === 1 ? 'puback' : 'pubrec')).toMatchObject({reasonCode: 0x87});
    }
    await gateway.event('publish.refused', 1);
    expect((await gateway.events()).filter(({type}) => type === 'telemetry')).toEqual([]);
  });

  it('is no gateway of others’ children, nor may subscribe to them', async () => {
    await using gateway = await startWithChild();
    await using other = await gateway.connect({clientId: 'pump-8', ...deviceLogin('pump-8')});
    const refused = [
      't/default/g/pump-7/d/sensor-1/cmd/#',
      't/default/g/+/d/+/cmd/#',
      't/default/g/#',
      'me/d/#',
    ];
    expect(await other.subscribe(...refused)).toEqual([128, 128, 128, 128]);
  });

  it('carries commands to its child, and only to its child', async () => {
    await using gateway = await startWithChild();
    await using device = await gateway.connect({clientId: 'pump-7'});
    expect(await device.subscribe('me/d/+/cmd/#')).toEqual([1]);
    expect(gateway.told.ready).toEqual(['sensor-1']);
    const command = {tenant: 'default', id: 'c1', name: 'reboot', payload: '{"in":5}'};
    const deliver = (child: string) =>
      gateway.gateway.devices.deliver({...command, device: child, via: ['pump-9', 'pump-7']});
    expect(deliver('sensor-2')).toBe('offline');
    expect(deliver('sensor-1')).toBe('sent');
    const sent = await device.next('publish');
    expect([sent.topic, textOf(sent.payload)]).toEqual(['me/d/sensor-1/cmd/c1/reboot', '{"in":5}']);
    device.send({cmd: 'puback', messageId: sent.messageId});
    device.send({...publish('me/d/sensor-1/cmd/c1/result', 2), payload: '{"status":"succeeded"}'});
    expect(await gateway.event('command.result')).toMatchObject({
      device: 'sensor-1',
      attributes: {causationid: 'c1', via: 'pump-7'},
    });
    expect(gateway.told.delivered).toEqual(['c1']);
  });

  it('speaks for nobody any more once its child does not list it, on the same connection', async () => {
    await using gateway = await startWithChild();
    await using device = await gateway.connect({clientId: 'pump-7'}, 5);
    device.send(publish('me/d/sensor-1/telemetry'));
    expect(await device.next('puback')).not.toMatchObject({reasonCode: 0x87});
    const {children: _children, ...alone} = gateway.devices.get('default/pump-7')!;
    gateway.devices.set('default/pump-7', alone);
    await gateway.gateway.standing.identityChanged({tenant: 'default', name: 'pump-7', usable: true});
    device.send(publish('me/d/sensor-1/telemetry', 2));
    expect(await device.next('puback')).toMatchObject({reasonCode: 0x87});
  });
});
