import {once} from 'node:events';
import {connect} from 'node:net';
import {describe, expect, it} from 'vitest';
import type {CloudEvent} from '../../src/domain/cloud-event.js';
import {sampleEvent} from '../stream/sample-events.js';
import {until, within} from '../support/deadline.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

const post = (body: unknown) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: {'content-type': 'application/json'},
});

describe('devices', () => {
  it('are created with 201 and a secret, and with 200 and none when they were there', async () => {
    await using api = await startTestApi();
    const wanted = {id: 'lamp-1', model: 'lamp', labels: {site: 'oslo'}, ifNotExists: true};
    const first = await api.request('/v1/devices', post(wanted));
    expect(first.status).toBe(201);
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(await first.json()).toMatchObject({
      device: {id: 'lamp-1', tenant: 'default', model: 'lamp', labels: {site: 'oslo'}, connectivity: 'never'},
      credential: {username: 'lamp-1@default', secret: expect.stringMatching(/^.{43}$/)},
    });
    const second = await api.request('/v1/devices', post(wanted));
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({device: {id: 'lamp-1'}, credential: null});
    const third = await api.request('/v1/devices', post({id: 'lamp-1'}));
    expect(third.status).toBe(409);
    expect(await third.json()).toMatchObject({code: 'IOT_DEVICE_EXISTS'});
  });

  it('are created a thousand at once, all or none', async () => {
    await using api = await startTestApi();
    const devices = Array.from({length: 1000}, (_, index) => ({id: `lamp-${index}`}));
    expect((await api.request('/v1/devices/batch', post({devices: [...devices, {id: 'one'}]}))).status).toBe(
      400,
    );
    expect(
      (await api.request('/v1/devices/batch', post({devices: [...devices.slice(1), {id: '+'}]}))).status,
    ).toBe(400);
    expect((await api.client.listDevices()).items).toEqual([]);
    const {items} = await api.client.createDevices(devices);
    expect(items).toHaveLength(1000);
    expect(new Set(items.map(({credential}) => credential!.secret!)).size).toBe(1000);
  });

  it('are listed by pages, in the order of their ids', async () => {
    await using api = await startTestApi();
    const ids = Array.from({length: 25}, (_, index) => `lamp-${String(index).padStart(2, '0')}`);
    await api.client.createDevices(ids.map((id, index) => ({id, labels: {floor: String(index % 2)}})));
    const first = await api.client.listDevices({limit: 10});
    expect(first.nextCursor).toMatch(/^[\w-]+$/);
    const rest = await api.client.listDevices({limit: 15, cursor: first.nextCursor!});
    expect([...first.items, ...rest.items].map(({id}) => id)).toEqual(ids);
    expect(rest.nextCursor).toBeNull();
    expect((await api.client.listDevices({selector: 'floor=1'})).items).toHaveLength(12);
  });

  it('are chosen by terms, sorted, and counted; what cannot be read is said', async () => {
    await using api = await startTestApi();
    const devices = ['a', 'b', 'c'].map((id, index) => ({id, labels: {n: String(index)}}));
    await api.client.createDevices(devices);
    const page = {where: 'label.n!=1,!lastSeen', sort: 'id:desc', limit: 1} as const;
    const {items, nextCursor, total} = await api.client.listDevices({...page, total: true});
    expect([items.map(({id}) => id), total]).toEqual([['c'], 2]);
    expect((await api.client.listDevices({...page, cursor: nextCursor!})).items[0]!.id).toBe('a');
    for (const query of [{where: 'n=1'}, {sort: 'n'}, {cursor: nextCursor!}])
      await expect(api.client.listDevices(query)).rejects.toThrow(/^where, character 1|^sort: |^cursor: /);
  });

  it('are retired, deleted only then, and new when created again', async () => {
    await using api = await startTestApi();
    const {device} = await api.client.createDevice({id: 'lamp-1'});
    expect((await api.request('/v1/devices/lamp-1', {method: 'DELETE'})).status).toBe(409);
    expect(await api.client.lives.step('retire', 'lamp-1')).toMatchObject({lifecycle: 'retired'});
    expect(await api.client.lives.step('retire', 'lamp-1')).toMatchObject({lifecycle: 'retired'});
    const deleted = await api.request('/v1/devices/lamp-1', {method: 'DELETE'});
    expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    expect((await api.request('/v1/devices/lamp-1')).status).toBe(404);
    const again = await api.client.createDevice({id: 'lamp-1'});
    expect(again.device.generation).not.toBe(device.generation);
    await api.client.deleteDevice('lamp-1', {force: true});
  });
});

describe('commands', () => {
  it('answer at once without waitMs, and with it when the time is up', async () => {
    await using api = await startTestApi();
    await api.client.createDevice({id: 'lamp-1'});
    const sent = await api.request('/v1/devices/lamp-1/commands', post({name: 'on', data: {level: 3}}));
    const command = (await sent.json()) as {id: string};
    expect(sent.status).toBe(201);
    expect(sent.headers.get('location')).toBe(`/v1/commands/${command.id}`);
    expect(command).toMatchObject({device: 'lamp-1', name: 'on', data: {level: 3}, state: 'queued'});
    const waited = await api.client.sendCommand('lamp-1', {name: 'off', waitMs: 1});
    expect(waited).toMatchObject({state: 'queued', data: null});
    expect((await api.client.listCommands('lamp-1')).items).toHaveLength(2);
    expect(await api.client.cancelCommand(command.id)).toMatchObject({state: 'cancelled'});
    expect(await api.client.getCommand(command.id)).toMatchObject({state: 'cancelled'});
  });
});

describe('events', () => {
  it('are given by pages with a cursor, or as the newest ones', async () => {
    await using api = await startTestApi();
    api.events.append(...Array.from({length: 25}, () => sampleEvent({timeMs: 1000, component: 'motor'})));
    api.events.store(20);
    const seen: number[] = [];
    let after: number | undefined;
    do {
      const page = await api.client.events({limit: 7, after});
      seen.push(...page.items.map(({offset}) => offset));
      after = page.nextCursor === null ? undefined : Number(page.nextCursor);
    } while (after !== undefined);
    expect(seen).toEqual(Array.from({length: 20}, (_, index) => index));
    const newest = await api.client.events({last: 2, since: '1970-01-01T00:00:01Z'});
    expect(newest).toMatchObject({nextCursor: null, items: [{offset: 18}, {offset: 19}]});
    expect((await api.client.events({until: '1970-01-01T00:00:01Z'})).items).toEqual([]);
    expect(newest.items[0]).toMatchObject({
      specversion: '1.0',
      source: '/t/default/d/lamp-1',
      time: '1970-01-01T00:00:01.000Z',
      component: 'motor',
      data: {on: true},
    } satisfies Partial<CloudEvent>);
  });
});

describe('a device’s telemetry over HTTP', () => {
  const publish = (api: StartedApi, path: string, username: string, secret: string, init: RequestInit) =>
    fetch(`${api.url}/v1/devices/${path}`, {
      method: 'POST',
      ...init,
      headers: {authorization: `Basic ${btoa(`${username}:${secret}`)}`, ...(init.headers as object)},
    });

  it.each([
    ['JSON', {body: '{"t":21.5}', headers: {'content-type': 'application/json'}}],
    ['JSON that is broken', {body: '{"t":', headers: {'content-type': 'application/json'}}],
    ['text', {body: 'hello', headers: {'content-type': 'text/plain'}}],
    ['bytes without a type', {body: new Uint8Array([0, 255, 1]), headers: {}}],
    ['a form', {body: 'a=b', headers: {'content-type': 'application/x-www-form-urlencoded'}}],
    ['a type that is no type', {body: 'x', headers: {'content-type': 'nonsense'}}],
    ['nothing', {body: '', headers: {}}],
  ])('is taken as it is: %s', async (_what, init) => {
    await using api = await startTestApi();
    const {credential} = await api.client.createDevice({id: 'a:b'});
    const {username, secret} = credential!;
    const answer = await publish(api, 'a:b/telemetry?component=motor', username, secret!, init);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({offset: 0});
    const [event] = await api.events.stream.read(0, 1);
    expect(event).toMatchObject({device: 'a:b', component: 'motor'});
    expect(Buffer.from(event!.payload)).toEqual(Buffer.from(init.body));
  });

  it.each([
    [256 * 1024, 202],
    [256 * 1024 + 1, 413],
    [300 * 1024, 413],
  ])('of %i bytes answers %i', async (bytes, status) => {
    await using api = await startTestApi();
    const {credential} = await api.client.createDevice({id: 'lamp-1'});
    const {username, secret} = credential!;
    const answer = await publish(api, 'lamp-1/telemetry', username, secret!, {body: new Uint8Array(bytes)});
    expect(answer.status).toBe(status);
    if (status === 413) expect(await answer.json()).toMatchObject({code: 'IOT_PAYLOAD_TOO_LARGE'});
  });

  it('is not taken for another device, nor with an operator’s token', async () => {
    await using api = await startTestApi();
    const {credential} = await api.client.createDevice({id: 'lamp-1'});
    await api.client.createDevice({id: 'lamp-2'});
    const {username, secret} = credential!;
    const other = await publish(api, 'lamp-2/telemetry', username, secret!, {body: '{}'});
    expect([other.status, await other.json()]).toMatchObject([404, {code: 'IOT_DEVICE_UNKNOWN'}]);
    const operator = await api.request('/v1/devices/lamp-1/telemetry', {method: 'POST', body: '{}'});
    expect(operator.status).toBe(401);
    const nobody = await fetch(`${api.url}/v1/devices/lamp-1/telemetry`, {method: 'POST', body: '{}'});
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('www-authenticate')).toBe('Basic realm="iotctl"');
    expect(api.events.stream.head()).toBe(0);
  });

  it('gives a device’s credential no other way in', async () => {
    await using api = await startTestApi();
    const {credential} = await api.client.createDevice({id: 'lamp-1'});
    for (const authorization of [
      `Bearer ${credential!.secret}`,
      `Basic ${btoa(`${credential!.username}:${credential!.secret}`)}`,
    ])
      expect((await fetch(`${api.url}/v1/devices`, {headers: {authorization}})).status).toBe(401);
  });
});

describe('the log', () => {
  it('gives the newest lines', async () => {
    await using api = await startTestApi();
    for (const line of ['one', 'two', 'three']) api.log.write(line);
    const answer = await api.request('/v1/logs?lines=2');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('two\nthree\n');
    expect(await (await api.request('/v1/logs?lines=0')).text()).toBe('');
  });

  it('goes on with new lines, and misses none that comes while it begins', async () => {
    let write = (): void => {};
    await using api = await startTestApi({
      recentLog: async () => {
        write();
        return ['old', 'between'];
      },
    });
    write = () => {
      for (const line of ['between', 'after']) api.log.write(line);
    };
    const socket = connect(api.port, '127.0.0.1').setEncoding('utf8');
    let text = '';
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.write(
      `GET /v1/logs?follow=true HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${api.token}\r\n\r\n`,
    );
    await until(() => text.includes('after'), 'the lines');
    api.log.write('newest');
    await until(() => text.includes('newest'), 'the live line');
    expect(text.match(/^(?:old|between|after|newest)$/gm)).toEqual(['old', 'between', 'after', 'newest']);
    socket.destroy();
    await until(() => api.log.listeners === 0, 'the follower to be forgotten');
  });

  it('does not pile up for a follower that does not read', async () => {
    await using api = await startTestApi();
    const socket = connect(api.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `GET /v1/logs?follow=true HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${api.token}\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.pause();
    const line = 'x'.repeat(100_000);
    for (let written = 0; written < 500 && api.log.listeners > 0; written++) {
      api.log.write(line);
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(api.log.listeners).toBe(0);
    socket.destroy();
  });
});

describe('the platform', () => {
  it('answers before it is told to stop', async () => {
    await using api = await startTestApi();
    const answer = await api.request('/v1/shutdown', {method: 'POST'});
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({pid: process.pid});
    await within(api.shutdown, 'the platform to be asked to stop');
  });

  it('describes all routes in OpenAPI 3.1, with the credentials each of them takes', async () => {
    await using api = await startTestApi();
    const document = (await (await fetch(`${api.url}/v1/openapi.json`)).json()) as OpenApi;
    expect(document.openapi).toBe('3.1.0');
    const securityOf = (path: string, method: string) => document.paths[path]?.[method]?.security;
    expect(securityOf('/healthz', 'get')).toEqual([]);
    expect(securityOf('/v1/devices/{id}/telemetry', 'post')).toEqual([{device: []}]);
    expect(securityOf('/v1/devices', 'get') ?? document.security).toEqual([{token: []}]);
    const [limit] = document.paths['/v1/devices']!.get!.parameters;
    expect(limit).toEqual({
      in: 'query',
      name: 'limit',
      required: false,
      schema: {type: 'integer', minimum: 1, maximum: 500},
    });
    expect(document.paths['/v1/devices/{id}/telemetry']!.post!.requestBody).toMatchObject({
      content: {'application/octet-stream': {}},
    });
    expect(document.paths['/v1/events/tail']!.get!.responses).toMatchObject({
      200: {content: {'text/event-stream': {}}},
    });
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, {responses, summary}] of Object.entries(methods)) {
        expect(summary, `${method} ${path}`).toMatch(/\w/);
        expect(responses, `${method} ${path}`).toHaveProperty('default');
      }
  });
});

interface OpenApi {
  readonly openapi: string;
  readonly security: unknown;
  readonly paths: Record<
    string,
    Record<
      string,
      {security?: unknown; summary: string; responses: object; parameters: unknown[]; requestBody?: unknown}
    >
  >;
}
