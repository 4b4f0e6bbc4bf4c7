/**
 * Every form of topic, of one's own device, of another, of a foreign tenant's, and of an application, for publishing,
 * subscribing, retained and queued messages and wills. What is expected follows from who asks and whose topic it is.
 */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {ServiceIdentity} from '../../src/domain/identity.js';
import type {RawClient} from '../support/raw-client.js';
import {deviceLogin, serviceLogin, startGateway} from '../support/start-gateway.js';

/** What a device may say below its prefix, and what the platform tells it there. */
const UP = [
  'telemetry',
  'telemetry/motor',
  'event/critical/hot',
  'event/info/x',
  'status',
  'cmd/1/ack',
  'cmd/1/progress',
  'cmd/1/result',
  'twin/reported',
];
/** Asked for, not said: nothing of it is kept. */
const ASKED = ['twin/get'];
const DOWN = ['cmd/1/reboot', 'error', 'twin/desired'];
const NEITHER = [
  '',
  'telemetry/a/b',
  'telemetry/1x',
  'event/loud/x',
  'event/critical',
  'cmd/1',
  'cmd/1/ack/x',
  'twin',
  'twin/x',
  'twin/get/x',
  'twin/tags',
  'Telemetry',
  'telemetry/',
];

const OWNERS = [
  ['own', 't/default/d/pump-7'],
  ['another device', 't/default/d/pump-8'],
  ['a foreign tenant’s', 't/other/d/pump-7'],
] as const;

/** Not a device's at all, and tricks with names. */
const ODD = [
  't/default/x/a',
  't/other/x/a',
  '$SYS/x',
  '$share/g/t/default/x/a',
  't/default/d',
  't//d/pump-7/telemetry',
  '/t/default/d/pump-7/telemetry',
  'T/default/d/pump-7/telemetry',
  't/default/d/pump-7/../pump-8/telemetry',
  'me/../pump-8/telemetry',
  't/default/d/pump-7',
  'x',
  '__proto__',
  '$prov/v1/pump-7/req',
  '$prov/v1/pump-7/res',
  '$prov/v1/claim/req',
  '$prov/v1/claim/res',
  '$prov/#',
];

const topicsOf = (suffixes: readonly string[]): [string, string][] =>
  OWNERS.flatMap(([owner, prefix]) =>
    suffixes.map((suffix): [string, string] => [owner, `${prefix}/${suffix}`]),
  );

const PUBLISHED: [string, string, boolean][] = [
  ...topicsOf([...UP, ...ASKED]).map(([owner, topic]): [string, string, boolean] => [
    owner,
    topic,
    owner === 'own',
  ]),
  ...topicsOf([...DOWN, ...NEITHER]).map(([owner, topic]): [string, string, boolean] => [
    owner,
    topic,
    false,
  ]),
  ...[...UP, ...ASKED].map((suffix): [string, string, boolean] => ['own', `me/${suffix}`, true]),
  ...NEITHER.map((suffix): [string, string, boolean] => ['own', `me/${suffix}`, false]),
  ...ODD.map((topic): [string, string, boolean] => ['nobody', topic, false]),
];

const FILTERS: [string, string, boolean][] = [
  ...topicsOf(['cmd/#', 'cmd/+/reboot', 'cmd/1/reboot', 'error', 'twin/desired']).map(
    ([owner, filter]): [string, string, boolean] => [owner, filter, owner === 'own'],
  ),
  ...topicsOf([
    ...[...UP, ...ASKED].filter(suffix => !suffix.startsWith('cmd')),
    '#',
    '+',
    'telemetry/#',
    'twin/#',
    'twin/+',
  ]).map(([owner, filter]): [string, string, boolean] => [owner, filter, false]),
  ...[
    '#',
    '+/#',
    't/#',
    't/+/d/#',
    't/default/#',
    't/default/d/+/cmd/#',
    't/default/+/pump-7/cmd/#',
    '+/default/d/pump-7/cmd/#',
    't/default/d/pump-7',
    ...ODD.filter(topic => !topic.includes('..')),
  ].map((filter): [string, string, boolean] => ['nobody', filter, false]),
];

let gateway: Awaited<ReturnType<typeof startGateway>>;
let watcher: RawClient;
let app: RawClient;
let marks = 0;

/** Hears everything that an application could ever hear of both tenants' devices. */
beforeAll(async () => {
  gateway = await startGateway();
  watcher = await gateway.connect({...serviceLogin('reader')});
  const filters = [
    't/default/x/#',
    't/default/d/+/telemetry',
    't/default/d/+/telemetry/+',
    't/default/d/+/event/+/+',
    't/default/d/+/status',
    't/default/d/+/twin/reported',
  ];
  watcher.send({cmd: 'subscribe', messageId: 1, subscriptions: filters.map(topic => ({topic, qos: 1}))});
  await watcher.next('suback');
  app = await gateway.connect({...serviceLogin('app')});
});

afterAll(async () => {
  await watcher[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

/** Topics of what the watcher heard since the last call: everything that came before a message that it may hear. */
async function heard(): Promise<string[]> {
  const mark = `t/default/x/mark-${++marks}`;
  app.send({cmd: 'publish', topic: mark, qos: 1, messageId: 1, payload: 'x'});
  await app.next('puback');
  const topics: string[] = [];
  for (;;) {
    const {topic, messageId} = await watcher.next('publish');
    if (messageId !== undefined) watcher.send({cmd: 'puback', messageId});
    if (topic === mark) return topics;
    topics.push(topic);
  }
}

const storedCount = async (): Promise<number> =>
  (await gateway.events()).filter(({type}) => !/refused|connect|closed|dropped/.test(type)).length;

describe.each([4, 5] as const)('MQTT level %i: a device that publishes', version => {
  it.each(PUBLISHED)('to %s: %s', async (_owner, topic, allowed) => {
    await using device = await gateway.connect({}, version);
    const before = await storedCount();
    device.send({cmd: 'publish', topic, qos: 1, messageId: 1, retain: true, payload: '{"a":1}'});
    const answer = await device.any();
    if (version === 5 && answer?.cmd === 'puback') expect(answer.reasonCode ?? 0).toBe(allowed ? 0 : 0x87);
    if (allowed) expect(answer?.cmd).toBe('puback');
    const asked = ASKED.some(suffix => topic.endsWith(`/${suffix}`));
    expect((await storedCount()) - before).toBe(allowed && !asked ? 1 : 0);
    if (allowed && asked) expect(gateway.told.wanted).toContain('pump-7');
    const whole = topic.replace(/^me\//, 't/default/d/pump-7/');
    expect(await heard()).toEqual(allowed && !asked && !whole.includes('/cmd/') ? [whole] : []);
    // Nothing that a device says is retained, allowed or not.
    expect(gateway.gateway.usage('default').retainedMessages).toBe(0);
    expect(gateway.gateway.usage('other').retainedMessages).toBe(0);
  });
});

describe('a device that subscribes', () => {
  it.each(FILTERS)('to %s: %s', async (_owner, topic, allowed) => {
    await using device = await gateway.connect({}, 4);
    device.send({cmd: 'subscribe', messageId: 1, subscriptions: [{topic, qos: 1}]});
    const answer = await device.any();
    if (allowed) expect(answer).toMatchObject({cmd: 'suback', granted: [1]});
    else if (answer?.cmd === 'suback') expect(answer.granted).toEqual([0x80]);
    else expect(answer).toBeUndefined();
  });
});

describe('a device that nobody knows yet', () => {
  const connect = (version: 4 | 5) =>
    gateway.connect({username: '$claim', password: Buffer.from('code'), clientId: 'pump-7'}, version);

  it.each([4, 5] as const)('may subscribe to its answers alone, at level %i', async version => {
    await using device = await connect(version);
    const refused = [
      ...FILTERS.map(([, filter]) => filter),
      '$prov/v1/pump-8/res',
      '$prov/v1/+/res',
      '$prov/v1/claim/#',
    ];
    const filters = refused.filter(
      filter => filter !== '$prov/v1/claim/res' && !/^\$share|__proto__/.test(filter),
    );
    expect(await device.subscribe('$prov/v1/claim/res', ...filters)).toEqual([
      0,
      ...filters.map(() => (version === 5 ? 0x87 : 0x80)),
    ]);
    // What others say does not reach it.
    await heard();
    device.send({cmd: 'publish', topic: '$prov/v1/claim/req', payload: '{}'});
    expect((await device.next('publish')).topic).toBe('$prov/v1/claim/res');
  });

  it.each(PUBLISHED.filter(([, topic]) => topic !== '$prov/v1/claim/req' && !/[#+]/.test(topic)))(
    'may not publish to %s: %s',
    async (_owner, topic) => {
      await using device = await connect(4);
      const before = await storedCount();
      device.send({cmd: 'publish', topic, qos: 1, messageId: 1, payload: '{"a":1}'});
      await device.end();
      expect(device.received).toEqual([]);
      expect((await storedCount()) - before).toBe(0);
    },
  );
});

describe('a device whose will is', () => {
  it.each(PUBLISHED.filter(([, topic]) => topic !== ''))('%s: %s', async (_owner, topic) => {
    const allowed = topic === 'me/status' || topic === 't/default/d/pump-7/status';
    await using device = await gateway.open(4);
    const connect = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: '',
      keepalive: 30,
    };
    device.send({
      ...connect,
      ...deviceLogin('pump-7'),
      will: {topic, payload: Buffer.from('x'), qos: 0, retain: true},
    });
    const answer = await device.any();
    expect(answer === undefined ? 'the end' : (answer as {returnCode: number}).returnCode).toSatisfy(
      (code: number | string) => (allowed ? code === 0 : code !== 0),
    );
    // The one will that is allowed is heard when the test before has ended its connection.
    expect((await heard()).filter(other => other !== 't/default/d/pump-7/status')).toEqual([]);
  });
});

describe('an application', () => {
  it.each([
    't/default/d/pump-7/telemetry',
    't/default/d/pump-7/cmd/1/reboot',
    't/other/x/a',
    'x/a',
    '$SYS/x',
  ])('publishes nothing outside of its own topics: %s', async topic => {
    await using app = await gateway.connect({...serviceLogin('app')}, 5);
    app.send({cmd: 'publish', topic, qos: 1, messageId: 1, retain: true, payload: 'x'});
    const answer = await app.any();
    if (answer) expect(answer).toMatchObject({cmd: 'puback', reasonCode: 0x87});
    expect(gateway.gateway.usage('default').retainedMessages).toBe(0);
  });

  it('gets nothing of a foreign tenant: live, retained or queued', async () => {
    await using foreign = await gateway.connect({...serviceLogin('app', 'other')}, 4);
    await using own = await gateway.connect({...serviceLogin('app'), clean: false, clientId: 'q'}, 4);
    own.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [
        {topic: 't/default/x/#', qos: 1},
        {topic: 't/other/x/#', qos: 1},
      ],
    });
    expect((await own.next('suback')).granted).toEqual([1, 0x80]);
    for (const retain of [true, false]) {
      foreign.send({cmd: 'publish', topic: 't/other/x/a', qos: 1, messageId: 2, retain, payload: 'secret'});
      await foreign.next('puback');
    }
    own.send({cmd: 'pingreq'});
    await own.next('pingresp');
    own.send({cmd: 'disconnect'});
    await own.end();
    foreign.send({cmd: 'publish', topic: 't/other/x/a', qos: 1, messageId: 3, payload: 'secret'});
    await foreign.next('puback');
    await using again = await gateway.connect({...serviceLogin('app'), clean: false, clientId: 'q'}, 4);
    again.send({cmd: 'pingreq'});
    await again.next('pingresp');
    foreign.send({cmd: 'publish', topic: 't/other/x/a', qos: 1, messageId: 4, retain: true, payload: ''});
    await foreign.next('puback');
  });
});

it('a reader that a selector limits hears the devices that it chooses, and one that goes is not heard any more', async () => {
  await using limited = await startGateway();
  const reader: ServiceIdentity = {...limited.services.get('default/reader')!, devices: new Set(['pump-7'])};
  limited.services.set('default/reader', {
    ...reader,
    access: {tenant: 'default', grants: [{role: 'viewer', selector: 'site=oslo'}], scopes: null},
  });
  await using tool = await limited.connect({...serviceLogin('reader')});
  tool.send({cmd: 'subscribe', messageId: 1, subscriptions: [{topic: 't/default/d/+/telemetry', qos: 0}]});
  await tool.next('suback');
  const say = async (device: string, value: number): Promise<void> => {
    await using sender = await limited.connect({...deviceLogin(device)});
    sender.send({
      cmd: 'publish',
      topic: 'me/telemetry',
      qos: 1,
      messageId: 1,
      payload: JSON.stringify({value}),
    });
    await sender.next('puback');
  };
  await say('pump-8', 1);
  await say('pump-7', 2);
  expect(String((await tool.next('publish')).payload)).toBe('{"value":2}');
  limited.services.set('default/reader', {
    ...limited.services.get('default/reader')!,
    devices: new Set(['pump-8']),
  });
  await limited.gateway.standing.devicesChanged({tenant: 'default'});
  await say('pump-7', 3);
  await say('pump-8', 4);
  expect(String((await tool.next('publish')).payload)).toBe('{"value":4}');
});
