import {cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {serviceLogin, startGateway, TOKEN_SECRET} from '../support/start-gateway.js';

const textOf = (payload: Uint8Array | string): string => Buffer.from(payload).toString();

/** A copy of the folder while the gateway runs is what a `kill -9` would leave behind. */
async function crashed(prepare: (gateway: Awaited<ReturnType<typeof startGateway>>) => Promise<void>) {
  const image = await mkdtemp(join(tmpdir(), 'iotctl-crashed-'));
  await using gateway = await startGateway();
  await prepare(gateway);
  await cp(gateway.home, image, {recursive: true});
  return {image, [Symbol.asyncDispose]: () => rm(image, {recursive: true, force: true})};
}

const will = (topic: string) => ({
  will: {topic, payload: Buffer.from('{"online":false}'), qos: 1, retain: true},
});

it('wills of a gateway that died are published by the next one before anyone comes, once', async () => {
  await using before = await crashed(async gateway => {
    await gateway.connect({clientId: 'pump-7', ...will('me/status')});
    await gateway.connect({clientId: 'a', ...serviceLogin('app'), ...will('t/default/x/gone')});
  });
  {
    await using gateway = await startGateway(before.image);
    expect(textOf((await gateway.event('status')).payload)).toBe('{"online":false}');
    await using app = await gateway.connect({
      clientId: 'b',
      ...serviceLogin('app'),
      password: Buffer.from(TOKEN_SECRET),
    });
    await app.subscribe('t/default/x/gone');
    expect(textOf((await app.next('publish')).payload)).toBe('{"online":false}');
  }
  await using again = await startGateway(before.image);
  expect((await again.events()).filter(({type}) => type === 'status')).toHaveLength(1);
});

it('wills of those who may not speak any more are forgotten', async () => {
  await using before = await crashed(async gateway => {
    await gateway.connect({clientId: 'pump-7', ...will('me/status')});
    await gateway.connect({clientId: 'pump-8', username: 'pump-8@default', ...will('me/status')});
    await gateway.connect({clientId: 'pump-8', username: 'pump-8@other', ...will('me/status')});
    await gateway.connect({clientId: 'a', ...serviceLogin('app'), ...will('t/default/x/gone')});
    await gateway.connect({clientId: 'r', ...serviceLogin('reader'), ...will('t/default/x/expired')});
  });
  await using gateway = await startGateway(
    before.image,
    {},
    {
      registry({devices, services, tenants}) {
        devices.delete('default/pump-7');
        devices.set('default/pump-8', {...devices.get('default/pump-8')!, adminState: 'disabled'});
        tenants.set('other', {...tenants.get('other')!, state: 'suspended'});
        services.set('default/app', {...services.get('default/app')!, topics: ['y/#', 'x/expired']});
        services.set('default/reader', {...services.get('default/reader')!, expiresMs: 1});
      },
    },
  );
  await using app = await gateway.connect({clientId: 'b', ...serviceLogin('app')});
  await app.subscribe('t/default/x/expired');
  app.send({cmd: 'pingreq'});
  expect((await app.any())?.cmd).toBe('pingresp');
  expect((await gateway.events()).filter(({type}) => type === 'status')).toEqual([]);
  expect(gateway.sessions.wills()).toEqual([]);
});
