/** Lives of devices against a platform as users start it: whatever is done in whatever order, who is kept out is out. */
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Device} from '../../src/domain/device.js';
import type {IotctlError} from '../../src/domain/errors.js';
import {within} from '../support/deadline.js';
import {RawClient} from '../support/raw-client.js';
import {startPlatform} from '../support/start-platform.js';

/** How soon a device that is kept out has to be out. */
const OUT_WITHIN_MS = 1000;
const RUNS = Number(process.env.ROUNDS ?? 20);

let platform: Awaited<ReturnType<typeof startPlatform>>;

beforeAll(async () => {
  // Whoever is kept out is not also banned here: bans have tests of their own.
  const limits = ['failuresPerDeviceAndAddress=100000', 'failuresPerAddress=100000'];
  platform = await startPlatform({flags: ['--auto-ports', ...limits.flatMap(limit => ['--limit', limit])]});
  await platform.api.policy.set({onTamper: 'quarantine'});
  return async () => await platform[Symbol.asyncDispose]();
});

afterAll(() => {
  expect(platform.log).not.toMatch(/error|unhandled/i);
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: IotctlError) => error.code,
  );

const isOut = ({lifecycle, adminState}: Device): boolean =>
  lifecycle === 'retired' ||
  lifecycle === 'purged' ||
  adminState === 'disabled' ||
  adminState === 'quarantined';

/** One device, what it holds, and what a test knows of it. */
class Subject {
  readonly id: string;
  secret = '';
  formerSecrets: string[] = [];
  sockets: RawClient[] = [];
  /** Was it kept out since it last had a session? Then nothing of that session may be left. */
  sessionIsGone = true;

  constructor(id: string) {
    this.id = id;
  }

  async create(): Promise<void> {
    const {credential} = await platform.api.createDevice({id: this.id});
    if (this.secret) this.formerSecrets.push(this.secret);
    this.secret = credential!.secret!;
    this.sessionIsGone = true;
  }

  async connect(secret: string): Promise<{answer: number; sessionPresent: boolean; client: RawClient}> {
    const client = await RawClient.open(platform.address.ports.mqtt);
    client.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: false,
      clientId: this.id,
      keepalive: 30,
      username: `${this.id}@default`,
      password: Buffer.from(secret),
    });
    const packet = await client.any();
    if (packet?.cmd !== 'connack') return {answer: -1, sessionPresent: false, client};
    return {answer: packet.returnCode ?? 0, sessionPresent: packet.sessionPresent, client};
  }

  async come(): Promise<void> {
    const {answer, sessionPresent, client} = await this.connect(this.secret);
    if (answer !== 0) return;
    if (this.sessionIsGone) expect(sessionPresent).toBe(false);
    this.sessionIsGone = false;
    this.sockets.push(client);
    client.send({cmd: 'subscribe', messageId: 1, subscriptions: [{topic: 'me/cmd/#', qos: 1}]});
  }

  leave(): void {
    for (const socket of this.sockets.splice(0)) socket.socket.destroy();
  }

  async tamper(): Promise<void> {
    const {answer, client} = await this.connect(this.secret);
    if (answer === 0) {
      client.send({cmd: 'publish', topic: 'me/tamper', qos: 1, messageId: 7, payload: '"opened"'});
      await client.any();
      await until(async () => (await platform.api.getDevice(this.id)).adminState === 'quarantined');
    }
    client.socket.destroy();
  }

  async present(): Promise<Device | undefined> {
    return await platform.api.getDevice(this.id).catch(() => undefined);
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + OUT_WITHIN_MS;
  while (!(await isSo())) if (performance.now() > endMs) throw new Error('not in time');
}

const STEPS = ['disable', 'enable', 'maintain', 'quarantine', 'release', 'retire', 'reset-health'] as const;
const operation = fc.oneof(
  {weight: 4, arbitrary: fc.constant('come')},
  fc.constantFrom('leave', 'command', 'tamper', 'recreate'),
  {weight: 4, arbitrary: fc.constantFrom(...STEPS)},
);

async function perform(subject: Subject, name: string): Promise<void> {
  const {api} = platform;
  if (name === 'come') await subject.come();
  else if (name === 'leave') subject.leave();
  else if (name === 'command') await codeOf(api.sendCommand(subject.id, {name: 'blink'}));
  else if (name === 'tamper') await subject.tamper();
  else if (name === 'recreate') {
    await api.deleteDevice(subject.id, {force: true});
    await subject.create();
  } else await codeOf(api.lives.step(name as (typeof STEPS)[number], subject.id, {reason: 'a test'}));
}

/** Nothing of it is reachable, by anything that it ever had. */
async function expectOut(subject: Subject): Promise<void> {
  const {api, address} = platform;
  subject.sessionIsGone = true;
  for (const socket of subject.sockets.splice(0))
    if (!socket.closed) await within(socket.end(), 'the end of its connection', OUT_WITHIN_MS);
  const {answer, client} = await subject.connect(subject.secret);
  client.socket.destroy();
  expect([4, 5]).toContain(answer);
  const response = await fetch(`${address.apiUrl}/v1/devices/${subject.id}/telemetry`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${subject.id}@default:${subject.secret}`).toString('base64')}`,
    },
    body: '{"t":1}',
  });
  expect(response.status).toBe(401);
  expect(await codeOf(api.sendCommand(subject.id, {name: 'blink'}))).toMatch(/IOT_DEVICE_(STATE|RETIRED)/);
  const {items} = await api.listCommands(subject.id);
  expect(items.filter(({state}) => ['sent', 'delivered'].includes(state))).toEqual([]);
}

let runs = 0;

describe('in any order of operations', () => {
  it('a device that is disabled, quarantined or retired is out within a second, with all that it had', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, {minLength: 4, maxLength: 14}), async names => {
        const subject = new Subject(`subject-${++runs}`);
        await subject.create();
        try {
          for (const name of names) {
            await perform(subject, name);
            const device = await subject.present();
            if (device && isOut(device)) await expectOut(subject);
          }
          for (const former of subject.formerSecrets) {
            const {answer, client} = await subject.connect(former);
            client.socket.destroy();
            expect(answer).not.toBe(0);
          }
        } finally {
          subject.leave();
        }
      }),
      {numRuns: RUNS},
    );
  }, 60_000);
});

describe('a device behind a field gateway', () => {
  it('is heard, seen and commanded through it, until it does not list it any more', async () => {
    const {api, run} = platform;
    const gateway = new Subject('gateway-1');
    await gateway.create();
    await run(['device', 'create', 'sensor-1', '--via', 'gateway-1', '--credential', 'none']);
    const {client} = await gateway.connect(gateway.secret);
    expect(await client.subscribe('me/d/+/cmd/#')).toEqual([1]);
    const say = async (messageId: number) => {
      client.send({cmd: 'publish', topic: 'me/d/sensor-1/telemetry', qos: 1, messageId, payload: '{"t":4}'});
      await client.next('puback');
    };
    await say(2);

    const sending = api.sendCommand('sensor-1', {name: 'blink', waitMs: 5000});
    const {topic, messageId} = await client.next('publish');
    client.send({cmd: 'puback', messageId});
    client.send({
      cmd: 'publish',
      topic: topic.replace('/blink', '/result'),
      qos: 1,
      messageId: 3,
      payload: '{}',
    });
    expect((await sending).state).toBe('succeeded');
    await client.next('puback');

    await run(['device', 'update', 'sensor-1', '--via', '']);
    expect(await codeOf(api.sendCommand('sensor-1', {name: 'blink', waitMs: 1}))).toBe('done');
    await say(4);
    client.socket.destroy();
    const told = [];
    for await (const event of api.tail({device: 'sensor-1', type: 'telemetry', last: 9, follow: false}))
      told.push(event.via);
    expect(told).toEqual(['gateway-1']);
  });
});

describe('the commands', () => {
  it('keep a reason and show it, tell the story, and say on a conflict what changed', async () => {
    const {run, api} = platform;
    await api.createDevice({id: 'lamp-1'});
    await run(['device', 'disable', 'lamp-1', '--reason', 'stolen']);
    const shown = await run(['device', 'show', 'lamp-1']);
    expect(shown.stdout).toMatch(/^ADMIN REASON +stolen \(token:admin\)$/m);
    expect(shown.stdout).toMatch(
      /device\.state_changed {2}adminState: enabled → disabled: stolen \(token:admin\)$/m,
    );
    await run(['device', 'update', 'lamp-1', '--label', 'site=oslo', '--metadata', 'serial=A1']);
    const stale = await run(['device', 'update', 'lamp-1', '--label', 'site=rome', '--if-version', '2']);
    expect(stale.exitCode).toBe(5);
    expect(stale.stderr).toContain(
      'is at version 3, not 2: since then changed: labels.site, metadata.serial by token:admin',
    );
    const refused = await run(['device', 'release', 'lamp-1', '--reason', 'x']);
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain('IOT_DEVICE_STATE');
  });

  it('erase what a purged device said, and keep its id', async () => {
    const {run, api} = platform;
    const subject = new Subject('lamp-2');
    await subject.create();
    await subject.come();
    subject.sockets[0]!.send({
      cmd: 'publish',
      topic: 'me/telemetry',
      qos: 1,
      messageId: 9,
      payload: '{"secretive":1}',
    });
    const rows = async (): Promise<unknown> =>
      (await api.query({sql: `SELECT count(*)::INT FROM readings WHERE device = 'lamp-2'`})).rows[0]![0];
    await until(async () => (await rows()) === 1);
    expect((await run(['device', 'purge', 'lamp-2', '--yes'])).stderr).toContain('IOT_DEVICE_NOT_RETIRED');
    await api.lives.step('retire', 'lamp-2');
    expect((await run(['device', 'purge', 'lamp-2', '--yes', '--reason', 'asked for'])).exitCode).toBe(0);
    expect(await rows()).toBe(0);
    expect(await codeOf(api.createDevice({id: 'lamp-2'}))).toBe('IOT_DEVICE_RETIRED');
  });
});
