import fc from 'fast-check';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {CommandControl} from '../../src/control/command-control.js';
import {COMMAND_TRANSITIONS, type CommandState, isFinal} from '../../src/domain/command.js';
import {openRegistry} from '../../src/registry/registry.js';
import {setDevice} from '../support/set-device.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {testKeys} from '../support/test-keys.js';

const TENANT = 'default';

/** Control over a real registry with one device, and a connection that a test switches on and off. */
async function startControl() {
  const folder = await temporaryFolder();
  const registry = await openRegistry(folder.path, testKeys());
  await registry.bootstrap(Date.now());
  const options = {ifNotExists: false, credential: null, createdBy: 'test', nowMs: Date.now()};
  await registry.createDevices(TENANT, [{id: 'pump-7'}, {id: 'pump-8'}], options);
  const delivered: string[] = [];
  const events: string[] = [];
  let online = false;
  const make = () =>
    new CommandControl({
      registry,
      deliver: async ({id}) => {
        if (online) delivered.push(id);
        return online ? 'sent' : 'offline';
      },
      publishEvent: async ({type}) => events.push(type),
    });
  let control = make();
  return {
    registry,
    delivered,
    events,
    get control() {
      return control;
    },
    request: {
      tenant: TENANT,
      device: 'pump-7',
      name: 'reboot',
      data: null,
      ttlMs: 60_000,
      requestedBy: 'token:t',
      allowedBy: 'test',
    },
    setOnline: (is: boolean) => {
      online = is;
    },
    send: (ttlMs = 60_000, name = 'reboot', device = 'pump-7') =>
      control.send({
        tenant: TENANT,
        device,
        name,
        data: {in: 5},
        ttlMs,
        requestedBy: 'token:t',
        allowedBy: 'test',
      }),
    answer: (id: string, stage: 'ack' | 'progress' | 'result', text: string, device = 'pump-7') =>
      control.onDeviceMessage({tenant: TENANT, device, id, stage, payload: Buffer.from(text)}),
    stateOf: async (id: string) => (await registry.commands.get(TENANT, id)).state,
    async restart() {
      await control.close();
      control = make();
      await control.start();
    },
    async [Symbol.asyncDispose]() {
      await control.close();
      await registry.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a command', () => {
  it('goes through its life, each step an event', async () => {
    await using world = await startControl();
    world.setOnline(true);
    const {id, state} = await world.send();
    expect(state).toBe('sent');
    await world.control.onDelivered(id);
    await world.answer(id, 'ack', '{}');
    await world.answer(id, 'progress', '{"percent":50}');
    const waiting = world.control.wait(TENANT, id, 10_000);
    await world.answer(id, 'result', '{"status":"succeeded","took":3}');
    expect(await waiting).toMatchObject({state: 'succeeded', result: {took: 3}});
    const life = ['requested', 'queued', 'sent', 'delivered', 'acknowledged', 'running', 'succeeded'];
    expect(world.events).toEqual(life.map(step => `command.${step}`));
    await world.answer(id, 'result', '{"status":"failed"}');
    expect(await world.stateOf(id)).toBe('succeeded');
  });

  it('is given its time for a result anew whenever its device says that it is at work', async () => {
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'Date']});
    await using world = await startControl();
    world.setOnline(true);
    const {id} = await world.send(1000);
    await world.control.onDelivered(id);
    vi.advanceTimersByTime(59_000);
    await world.answer(id, 'ack', '{}');
    vi.advanceTimersByTime(59_000);
    await world.answer(id, 'progress', '{}');
    const ended = world.control.wait(TENANT, id, 120_000);
    vi.advanceTimersByTime(61_000);
    const {transitions} = await ended;
    expect(transitions.map(({state}) => state).slice(-3)).toEqual(['acknowledged', 'running', 'timed_out']);
  });

  it('waits for its device, and goes out in the order of asking', async () => {
    await using world = await startControl();
    const [one, two] = [await world.send(), await world.send()];
    expect([one.state, two.state]).toEqual(['queued', 'queued']);
    world.setOnline(true);
    await world.control.deviceOnline(TENANT, 'pump-7');
    expect(world.delivered).toEqual([one.id, two.id]);
  });

  it('is never delivered once its time to live has passed', async () => {
    await using world = await startControl();
    const {id} = await world.send(1000);
    expect((await world.control.wait(TENANT, id, 10_000)).state).toBe('expired');
    world.setOnline(true);
    await world.control.deviceOnline(TENANT, 'pump-7');
    expect(world.delivered).toEqual([]);
  });

  it('waits again when the connection ends before its PUBACK, and after a restart', async () => {
    await using world = await startControl();
    world.setOnline(true);
    const {id} = await world.send();
    world.setOnline(false);
    await world.control.onUndelivered(id);
    expect(await world.stateOf(id)).toBe('queued');
    world.setOnline(true);
    await world.control.deviceOnline(TENANT, 'pump-7');
    expect(await world.stateOf(id)).toBe('sent');
    await world.control.onUndelivered(id);
    expect(world.delivered).toEqual([id, id, id]);
    await world.restart();
    expect(await world.stateOf(id)).toBe('queued');
  });

  it.each([
    ['not json', 'failed'],
    ['{"status":"rejected"}', 'rejected'],
    ['{"status":"strange"}', 'failed'],
    ['{}', 'succeeded'],
  ])('answered by %s is %s', async (text, state) => {
    await using world = await startControl();
    world.setOnline(true);
    const {id} = await world.send();
    await world.answer(id, 'result', text);
    expect(await world.stateOf(id)).toBe(state);
  });

  it('is not touched by another device', async () => {
    await using world = await startControl();
    world.setOnline(true);
    const {id} = await world.send();
    await world.answer(id, 'result', '{}', 'pump-8');
    await world.answer('0190-unknown', 'result', '{}');
    expect(await world.stateOf(id)).toBe('sent');
  });

  it('can be cancelled until it is delivered', async () => {
    await using world = await startControl();
    const {id} = await world.send();
    expect((await world.control.cancel(TENANT, id)).state).toBe('cancelled');
    world.setOnline(true);
    await world.control.deviceOnline(TENANT, 'pump-7');
    expect(world.delivered).toEqual([]);
    const sent = await world.send();
    await world.control.onDelivered(sent.id);
    await expect(world.control.cancel(TENANT, sent.id)).rejects.toMatchObject({code: 'IOT_CONFLICT'});
  });

  it.each([
    [() => ({device: 'nobody'}), 'IOT_DEVICE_UNKNOWN'],
    [() => ({name: 'a/b'}), 'IOT_REQUEST_INVALID'],
    [() => ({ttlMs: 5}), 'IOT_REQUEST_INVALID'],
    [() => ({data: 'x'.repeat(200_000)}), 'IOT_PAYLOAD_TOO_LARGE'],
  ])('that cannot be is refused (%#)', async (change, code) => {
    await using world = await startControl();
    const request = {tenant: TENANT, device: 'pump-7', name: 'reboot', data: null, ttlMs: 60_000};
    const asked = {...request, requestedBy: 't', allowedBy: 't', ...change()};
    await expect(world.control.send(asked)).rejects.toMatchObject({code});
  });

  it('to a retired device is refused, and those that waited for it are cancelled', async () => {
    await using world = await startControl();
    const {id} = await world.send();
    await setDevice(world.registry, 'pump-7', {lifecycle: 'retired'});
    await world.control.cancelAll(TENANT, 'pump-7', 'retired');
    expect(await world.stateOf(id)).toBe('cancelled');
    await expect(world.send()).rejects.toMatchObject({code: 'IOT_DEVICE_RETIRED'});
  });

  it('to a device in maintenance has to be forced; what waited from before goes out when that ends', async () => {
    await using world = await startControl();
    const before = await world.send();
    await setDevice(world.registry, 'pump-7', {admin_state: 'maintenance'});
    world.setOnline(true);
    await expect(world.send()).rejects.toMatchObject({code: 'IOT_DEVICE_MAINTENANCE'});
    const forced = await world.control.send({...world.request, force: true});
    await world.control.deviceOnline(TENANT, 'pump-7');
    expect(world.delivered).toEqual([forced.id]);
    await setDevice(world.registry, 'pump-7', {admin_state: 'enabled'});
    await world.control.deviceOnline(TENANT, 'pump-7');
    expect(world.delivered).toEqual([forced.id, before.id]);
  });

  it.each(['disabled', 'quarantined'] as const)(
    'to a device that is %s is refused, and none goes out',
    async state => {
      await using world = await startControl();
      const {id} = await world.send();
      await setDevice(world.registry, 'pump-7', {admin_state: state});
      world.setOnline(true);
      await expect(world.send()).rejects.toMatchObject({code: 'IOT_DEVICE_STATE'});
      await expect(world.control.send({...world.request, force: true})).rejects.toMatchObject({
        code: 'IOT_DEVICE_STATE',
      });
      await world.control.deviceOnline(TENANT, 'pump-7');
      expect([world.delivered, await world.stateOf(id)]).toEqual([[], 'queued']);
    },
  );
});

it('never makes a step that the table does not allow, whatever happens in whatever order', async () => {
  const step = fc.constantFrom(
    'send',
    'online',
    'offline',
    'lost',
    'gateway',
    'puback',
    'ack',
    'result',
    'cancel',
    'restart',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, {minLength: 5, maxLength: 25}), async steps => {
      await using world = await startControl();
      let last = (await world.send()).id;
      for (const what of steps) {
        if (what === 'send') last = (await world.send()).id;
        if (what === 'online' || what === 'offline') world.setOnline(what === 'online');
        if (what === 'online') await world.control.deviceOnline(TENANT, 'pump-7');
        if (what === 'lost') await world.control.onUndelivered(last);
        if (what === 'gateway') await world.control.onGatewayLost();
        if (what === 'puback') await world.control.onDelivered(last);
        if (what === 'ack' || what === 'result') await world.answer(last, what, '{}');
        if (what === 'cancel') await world.control.cancel(TENANT, last).catch(() => {});
        if (what === 'restart') await world.restart();
      }
      for (const {transitions} of await world.registry.commands.listFor(TENANT, 'pump-7', 100)) {
        transitions.forEach(({state}, index) => {
          const before: CommandState | undefined = transitions[index - 1]?.state;
          if (before === undefined) return;
          expect(isFinal(before)).toBe(false);
          expect(COMMAND_TRANSITIONS[before]).toContain(state);
        });
      }
    }),
    {numRuns: 15},
  );
});

it('tells waiting callers the state when their time is up', async () => {
  await using world = await startControl();
  const {id} = await world.send();
  expect((await world.control.wait(TENANT, id, 1)).state).toBe('queued');
});
