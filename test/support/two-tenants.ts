/** Two tenants with one of everything in each, and a token for every role in the first. */
import {createHash, randomUUID} from 'node:crypto';
import type {Origin} from '../../src/admin/origin.js';
import {DEFAULT_PACE} from '../../src/domain/consumer.js';
import {ROLES, type Role} from '../../src/domain/permission.js';
import {firstSteps} from '../../src/registry/configuration-stages.js';
import type {StartedApi} from './start-api.js';
import {testRoot} from './test-keys.js';

export const OWN = 'acme';
export const FOREIGN = 'other';

/** Roles, one of which is limited to devices that it never is asked about, and nobody's. */
export const CALLERS = [...ROLES, 'viewer elsewhere', 'nobody'] as const;
export type CallerName = (typeof CALLERS)[number];

export const ORIGIN: Origin = {caller: undefined, address: '127.0.0.1', userAgent: null, traceId: null};

/** SHA-256 of nothing. */
const EMPTY_DIGEST = createHash('sha256').digest('hex');

/** Not one that could be found in any answer. */
const PART = '900719925';

/** What each kind of id in a path can name. */
export type Kind =
  | 'device'
  | 'credential'
  | 'command'
  | 'user'
  | 'token'
  | 'binding'
  | 'tenant'
  | 'group-key'
  | 'authority'
  | 'ban'
  | 'model'
  | 'configuration'
  | 'claim'
  | 'pending-claim'
  | 'enrolment-group'
  | 'enrolment-request'
  | 'cursor'
  | 'consumer'
  | 'upload'
  | 'file';

export async function twoTenants(api: StartedApi) {
  const {registry} = api;
  const nowMs = Date.now();
  const secrets = new Map<CallerName, string>();
  for (const tenant of [OWN, FOREIGN]) await registry.tenants.create(tenant, {}, nowMs);
  for (const name of CALLERS) {
    const roles = rolesOf(name);
    const wanted = {name: `as-${name.replaceAll(' ', '-')}`, roles, createdBy: 'test'};
    secrets.set(name, (await registry.tokens.create(OWN, wanted, nowMs)).secret);
  }
  // Another administrator, so that none of those above is the last.
  const spare = {name: 'spare', createdBy: 'test', roles: [{role: 'tenant-admin', selector: null}] as const};
  for (const tenant of [OWN, FOREIGN]) await registry.tokens.create(tenant, spare, nowMs);
  return {
    secretOf: (name: CallerName) => secrets.get(name)!,
    make: (kind: Kind, tenant: string) => make(api, kind, tenant),
  };
}

function rolesOf(name: CallerName) {
  if (name === 'nobody') return [];
  if (name === 'viewer elsewhere') return [{role: 'viewer', selector: 'site=elsewhere'}] as const;
  return [{role: name as Role, selector: null}];
}

/** A new one of that kind: the ids that a path needs, the last one its own. */
async function make({registry, admin}: StartedApi, kind: Kind, tenant: string): Promise<string[]> {
  const name = `a${randomUUID().slice(0, 12)}`;
  const by = {createdBy: 'test', nowMs: Date.now()};
  const device = async (credential: {kind: 'secret'} | null): Promise<string> => {
    await registry.createDevices(tenant, [{id: name}], {...by, ifNotExists: false, credential});
    return name;
  };
  switch (kind) {
    case 'device':
      return [await device(null)];
    case 'credential': {
      await device({kind: 'secret'});
      const [credential] = await registry.credentials.list({tenant, device: name});
      return [name, credential!.id];
    }
    case 'command': {
      await device(null);
      const id = randomUUID();
      await registry.commands.create({
        id,
        tenant,
        device: name,
        name: 'blink',
        data: null,
        requestedBy: 'test',
        allowedBy: 'test',
        deviceState: {lifecycle: 'registered', adminState: 'enabled', connectivity: 'never'},
        createdMs: by.nowMs,
        forced: false,
        expiresMs: by.nowMs + 3_600_000,
      });
      return [id];
    }
    case 'user':
      await registry.users.create(tenant, {name, kind: 'person', password: null}, by.nowMs);
      return [name];
    case 'token':
      await registry.tokens.create(tenant, {name, createdBy: 'test'}, by.nowMs);
      return [name];
    case 'binding': {
      await registry.users.create(tenant, {name, kind: 'person', password: null}, by.nowMs);
      const binding = {subject: `user:${name}`, role: 'viewer', selector: null} as const;
      return [(await registry.bindings.add(tenant, binding, by)).id];
    }
    case 'cursor':
      await registry.cursors.create(tenant, {name: name.toLowerCase(), offset: -1}, by);
      return [name.toLowerCase()];
    case 'consumer': {
      const consumer = {
        name: name.toLowerCase(),
        target: {kind: 'file', rotateBytes: 2 ** 20, rotateMs: 60_000},
        secret: {},
        filter: {},
        pace: DEFAULT_PACE,
        offset: -1,
      } as const;
      // A tenant has few.
      for (const before of await registry.consumers.list(tenant))
        await registry.consumers.remove(tenant, before.name);
      await registry.consumers.create(tenant, consumer, by);
      return [consumer.name];
    }
    case 'upload': {
      const {id} = await registry.uploads.create(tenant, {name, digest: name, into: 'stream'}, by);
      return [id, PART];
    }
    case 'file': {
      const wanted = {name, device: null, bytes: 0, digest: EMPTY_DIGEST, contentType: 'text/plain'};
      const {file} = await admin.files.begin(ORIGIN, tenant, wanted);
      return [file.id];
    }
    case 'tenant':
      await registry.tenants.create(name, {}, by.nowMs);
      await registry.tenants.suspend(name, 'test', by.nowMs);
      return [name];
    case 'group-key':
      await registry.groupKeys.create(tenant, name, by);
      return [name];
    case 'authority': {
      const wanted = {
        kind: 'customer',
        certificatePem: (await testRoot()).certificatePem,
        code: 'code',
      } as const;
      return [(await registry.authorities.add(tenant, wanted, by)).id];
    }
    case 'model':
      await registry.models.insert(tenant, {model: name, version: 1}, by);
      return [`${name}@1`];
    case 'configuration':
      await registry.configurations.insert({
        tenant,
        name,
        selector: 'site=nowhere',
        priority: 0,
        revision: 1,
        patches: '{"1":{"interval":5}}',
        stages: '[10,100]',
        rejected_percent_max: 0,
        created_ms: by.nowMs,
        created_by: 'test',
        changed_ms: by.nowMs,
        changed_by: 'test',
        ...firstSteps([10, 100]),
        phase: 'settled',
      });
      return [name];
    case 'claim':
    case 'pending-claim': {
      const bound = {device: null, generation: null, model: name, modelRef: name, serial: null};
      const wanted = {...bound, labels: {}, approval: true, expiresMs: by.nowMs + 3_600_000};
      const {claim} = await registry.claims.create(tenant, wanted, by);
      if (kind === 'pending-claim') await registry.claims.move({tenant, id: claim.id}, 'open', 'pending');
      return [claim.id];
    }
    case 'enrolment-group':
    case 'enrolment-request': {
      const shown = {kind: 'key', authority: null, model: null, modelRef: null, labels: {}} as const;
      const rules = {approval: 'none', webhook: null, allowPrivate: false, reprovision: 'never'} as const;
      await registry.enrolmentGroups.create(tenant, {name, ...shown, ...rules}, by);
      if (kind === 'enrolment-group') return [name];
      const id = {tenant, group: name, registrationId: name};
      await registry.registrations.put(id, {state: 'waiting'}, by.nowMs);
      return [name, name];
    }
    case 'ban': {
      const caller = (await registry.caller(
        (
          await registry.tokens.create(tenant, {name, createdBy: 'test'}, by.nowMs)
        ).secret,
        by.nowMs,
      ))!;
      return [(await admin.bans.add({...ORIGIN, caller}, caller, {device: name, reason: 'test'})).id];
    }
  }
}
