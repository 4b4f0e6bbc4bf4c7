import {expect, it} from 'vitest';
import {DeviceFeed} from '../../src/client/device-feed.js';
import {sampleEvent} from '../stream/sample-events.js';
import {within} from '../support/deadline.js';
import {startTestApi} from '../support/start-api.js';

it('says what there is, then what changes, comes and leaves', async () => {
  await using api = await startTestApi();
  const {client, events, registry} = api;
  const tell = (device: string) => events.append(sampleEvent({device, type: 'device.updated'}));
  for (const id of ['a', 'b', 'c']) await client.createDevice({id, labels: {site: 'oslo'}});
  const feed = new DeviceFeed(client, {selector: 'site=oslo', where: 'id!=c'});
  const seen: string[] = [];
  for await (const {id, change} of feed.listed()) seen.push(`${id} ${change}`);
  expect(seen).toEqual(['a listed', 'b listed']);

  const ending = new AbortController();
  const changes = feed.changes(ending.signal);
  const next = async () => {
    const {value} = await within(changes.next(), 'a change');
    return value && `${value.id} ${value.change} ${value.device?.adminState ?? 'gone'}`;
  };
  await client.lives.step('disable', 'a');
  tell('c');
  tell('a');
  expect(await next()).toBe('a changed disabled');
  await client.lives.update('b', {labels: {site: 'bergen'}});
  tell('b');
  expect(await next()).toBe('b left enabled');
  await client.createDevice({id: 'd', labels: {site: 'oslo'}});
  tell('d');
  expect(await next()).toBe('d came enabled');
  // What the gateway says is known to the registry only a moment after the event.
  tell('d');
  const told = next();
  await registry.connectivity.apply([
    {tenant: 'default', device: 'd', state: 'online', sessionId: 's', address: null, reason: null, atMs: 1},
  ]);
  expect(await told).toBe('d changed enabled');
  await client.deleteDevice('a', {force: true});
  tell('a');
  expect(await next()).toBe('a left gone');
  ending.abort();
  expect((await within(changes.next(), 'the end')).done).toBe(true);
});
