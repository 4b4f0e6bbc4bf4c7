import {statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {secretMatches} from '../../src/domain/credential.js';
import {lockFolder} from '../../src/registry/folder-lock.js';
import {openRegistry} from '../../src/registry/registry.js';
import {setDevice} from '../support/set-device.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {testKeys} from '../support/test-keys.js';

const NOW = 1_750_000_000_000;
const TENANT = 'default';
const CREATE = {ifNotExists: false, credential: {kind: 'secret'}, createdBy: 'test', nowMs: NOW} as const;

async function startRegistry() {
  const folder = await temporaryFolder();
  let registry = await openRegistry(folder.path, testKeys());
  const adminToken = await registry.bootstrap(NOW);
  return {
    folder: folder.path,
    adminToken,
    get registry() {
      return registry;
    },
    create: (...ids: string[]) =>
      registry.createDevices(
        TENANT,
        ids.map(id => ({id})),
        CREATE,
      ),
    async reopen() {
      await registry.close();
      registry = await openRegistry(folder.path, testKeys());
    },
    async [Symbol.asyncDispose]() {
      await registry.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('the registry', () => {
  it('makes the tenant and the admin token on the first start only', async () => {
    await using started = await startRegistry();
    const {registry, adminToken} = started;
    const caller = (await registry.caller(adminToken!, NOW))!;
    expect(caller).toMatchObject({tenant: TENANT, subject: 'token:admin'});
    expect(caller.access.grants.map(({role}) => role).sort()).toEqual(['platform-admin', 'tenant-admin']);
    expect(await registry.caller(`${adminToken}x`, NOW)).toBeUndefined();
    await started.reopen();
    expect(await started.registry.bootstrap(NOW)).toBeUndefined();
    expect(await started.registry.tokens.list(TENANT)).toHaveLength(1);
  });

  it('keeps its file to its owner', async () => {
    await using started = await startRegistry();
    expect(statSync(join(started.folder, 'registry.db')).mode & 0o777).toBe(0o600);
  });

  it('names a file that is not one', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'registry.db'), 'x'.repeat(8192));
    await expect(openRegistry(folder.path, testKeys())).rejects.toMatchObject({code: 'IOT_DATA_CORRUPT'});
    await expect(openRegistry(folder.path, testKeys())).rejects.toThrow('registry.db');
  });

  it('locks a folder for one holder at a time', async () => {
    await using folder = await temporaryFolder();
    const lock = lockFolder(folder.path)!;
    expect(lockFolder(folder.path)).toBeUndefined();
    lock.release();
    const again = lockFolder(folder.path)!;
    expect(again).toBeDefined();
    again.release();
  });
});

describe('devices', () => {
  it('are created with a secret that only its hash knows', async () => {
    await using started = await startRegistry();
    const [made] = await started.create('pump-7');
    const identity = (await started.registry.identities.device(TENANT, 'pump-7'))!;
    const [kept] = identity.credentials;
    expect(kept?.kind === 'secret' && secretMatches(made!.credential!.secret!, kept)).toBe(true);
    expect(JSON.stringify(identity)).not.toContain(made!.credential!.secret!);
    expect(made!.device).toMatchObject({lifecycle: 'provisioned', connectivity: 'never'});
  });

  it('are created all or none', async () => {
    await using started = await startRegistry();
    await started.create('pump-7');
    await expect(started.create('pump-1', 'pump-7')).rejects.toMatchObject({code: 'IOT_DEVICE_EXISTS'});
    await expect(started.create('a', 'a')).rejects.toMatchObject({code: 'IOT_DEVICE_EXISTS'});
    await expect(started.create('b', 'no/slash')).rejects.toMatchObject({code: 'IOT_DEVICE_ID_INVALID'});
    expect((await started.registry.devices.counts()).devices).toBe(1);
  });

  it('are left as they are where that was asked for', async () => {
    await using started = await startRegistry();
    const [made] = await started.create('pump-7');
    const options = {...CREATE, ifNotExists: true, nowMs: NOW + 1};
    const [kept] = await started.registry.createDevices(TENANT, [{id: 'pump-7'}], options);
    expect(kept).toEqual({device: made!.device, credential: null, isNew: false});
  });

  it('are listed page by page without a gap', async () => {
    await using started = await startRegistry();
    const ids = Array.from({length: 1000}, (_, index) => `d-${String(index).padStart(4, '0')}`);
    await started.create(...ids);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await started.registry.devices.list(TENANT, {limit: 333, cursor});
      seen.push(...page.items.map(({id}) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
  });

  it.each([
    ['site=oslo', ['a']],
    ['model=thermostat', ['b']],
    ['site=oslo,model=thermostat', []],
    [`site=' OR 1=1 --`, []],
    ['site="', ['c']],
  ])('are selected by %s', async (selector, ids) => {
    await using started = await startRegistry();
    const wanted = [
      {id: 'a', labels: {site: 'oslo'}},
      {id: 'b', model: 'thermostat', labels: {site: 'bergen'}},
      {id: 'c', labels: {site: '"'}},
    ];
    await started.registry.createDevices(TENANT, wanted, CREATE);
    const {items} = await started.registry.devices.list(TENANT, {limit: 10, selector});
    expect(items.map(({id}) => id)).toEqual(ids);
  });

  it('keep their id when they are retired, until they are deleted', async () => {
    await using started = await startRegistry();
    const {devices} = started.registry;
    const [made] = await started.create('pump-7');
    await expect(devices.remove(TENANT, 'pump-7', {force: false})).rejects.toMatchObject({
      code: 'IOT_DEVICE_NOT_RETIRED',
    });
    await setDevice(started.registry, 'pump-7', {lifecycle: 'retired'});
    await expect(started.create('pump-7')).rejects.toMatchObject({code: 'IOT_DEVICE_RETIRED'});
    await devices.remove(TENANT, 'pump-7', {force: false});
    const [again] = await started.create('pump-7');
    expect(again!.device.generation).not.toBe(made!.device.generation);
  });

  it('of another tenant are as unknown as missing ones', async () => {
    await using started = await startRegistry();
    await started.create('pump-7');
    await expect(started.registry.devices.get('other', 'pump-7')).rejects.toMatchObject({
      code: 'IOT_DEVICE_UNKNOWN',
    });
    expect(
      (await started.registry.identities.lookUp([{tenant: 'other', name: 'pump-7', claimed: ''}]))[0]!.device,
    ).toBeUndefined();
    const [answer] = await started.registry.identities.lookUp([
      {tenant: TENANT, name: 'x', claimed: 'pump-7'},
    ]);
    expect(answer!.claimedByOther).toBe(true);
  });
});

describe('connectivity', () => {
  const change = (state: 'online' | 'offline', sessionId: string) =>
    [
      {tenant: TENANT, device: 'pump-7', state, sessionId, address: null, reason: null, atMs: NOW + 5},
    ] as const;

  it('is not changed by the end of a session that was taken over', async () => {
    await using started = await startRegistry();
    await started.create('pump-7');
    const {connectivity, devices} = started.registry;
    await connectivity.apply(change('online', 'one'));
    expect(await devices.get(TENANT, 'pump-7')).toMatchObject({lifecycle: 'active', connectivity: 'online'});
    await connectivity.apply(change('online', 'two'));
    await connectivity.apply(change('offline', 'one'));
    expect((await devices.get(TENANT, 'pump-7')).connectivity).toBe('online');
    await connectivity.apply(change('offline', 'two'));
    expect((await devices.get(TENANT, 'pump-7')).connectivity).toBe('offline');
  });

  it('is offline for all when a platform starts', async () => {
    await using started = await startRegistry();
    await started.create('pump-7', 'pump-8');
    await started.registry.connectivity.apply(change('online', 'one'));
    await started.registry.connectivity.markAllOffline(NOW);
    const states = (await started.registry.devices.list(TENANT, {limit: 10})).items.map(
      ({connectivity}) => connectivity,
    );
    expect(states).toEqual(['offline', 'never']);
  });
});

describe('tokens', () => {
  it('of applications are identities with their topics, until they are deleted or expire', async () => {
    await using started = await startRegistry();
    const {tokens, identities} = started.registry;
    const wanted = {name: 'app', createdBy: 'test', topics: ['x/#'], expiresMs: NOW + 10};
    const {secret} = await tokens.create(TENANT, wanted, NOW);
    const identity = (await identities.service(TENANT, 'app'))!;
    expect(secretMatches(secret, identity.secret)).toBe(true);
    expect(identity).toMatchObject({topics: ['x/#'], devices: 'all', expiresMs: NOW + 10});
    expect(await started.registry.caller(secret, NOW + 10)).toBeUndefined();
    await expect(tokens.create(TENANT, wanted, NOW)).rejects.toMatchObject({code: 'IOT_TOKEN_EXISTS'});
    await tokens.remove(TENANT, 'app');
    expect(await identities.service(TENANT, 'app')).toBeUndefined();
    await expect(tokens.remove(TENANT, 'app')).rejects.toMatchObject({code: 'IOT_TOKEN_UNKNOWN'});
  });
});
