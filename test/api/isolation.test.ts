/**
 * Every operation of the OpenAPI document, as every role, on what is its own tenant's, a foreign tenant's, and nobody's.
 * What is expected is computed from the document and the table of roles; nothing of it is written by hand but a body
 * that each operation accepts.
 */
import {randomUUID} from 'node:crypto';
import {beforeAll, describe, expect, it} from 'vitest';
import {isDevicePermission, type Permission, ROLE_TABLE, type Role} from '../../src/domain/permission.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';
import {testRoot} from '../support/test-keys.js';
import {CALLERS, type CallerName, FOREIGN, type Kind, OWN, twoTenants} from '../support/two-tenants.js';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly permission: Permission | null;
  readonly open: boolean;
  readonly hasBody: boolean;
}

/** Which kind of thing the last parameter of a path names. */
const KINDS: readonly [RegExp, Kind][] = [
  [/^\/v1\/devices\/\{id\}\/credentials\/\{credential\}/, 'credential'],
  [/^\/v1\/devices\//, 'device'],
  [/^\/v1\/commands\//, 'command'],
  [/^\/v1\/users\//, 'user'],
  [/^\/v1\/tokens\//, 'token'],
  [/^\/v1\/bindings\//, 'binding'],
  [/^\/v1\/tenants\//, 'tenant'],
  [/^\/v1\/uploads\/\{/, 'upload'],
  [/^\/v1\/files\/\{/, 'file'],
  [/^\/v1\/cursors\/\{/, 'cursor'],
  [/^\/v1\/consumers\/\{/, 'consumer'],
  [/^\/v1\/group-keys\//, 'group-key'],
  [/^\/v1\/authorities\//, 'authority'],
  [/^\/v1\/bans\//, 'ban'],
  [/^\/v1\/models\/\{/, 'model'],
  [/^\/v1\/configurations\/\{/, 'configuration'],
  [/^\/v1\/claims\/\{id\}\/(approve|deny)/, 'pending-claim'],
  [/^\/v1\/claims\/\{/, 'claim'],
  [/^\/v1\/enrolment-groups\/\{/, 'enrolment-group'],
  [/^\/v1\/enrolment-requests\/\{/, 'enrolment-request'],
];

const fresh = (): string => `b${randomUUID().slice(0, 12)}`;

/** A body that is accepted, for every operation that has one. */
const BODIES: Readonly<Record<string, () => object | Promise<object>>> = {
  'POST /v1/devices': () => ({id: fresh()}),
  'POST /v1/devices/batch': () => ({devices: [{id: fresh()}]}),
  'POST /v1/devices/import': () => ({rows: [{id: fresh()}]}),
  'POST /v1/devices/import/check': () => ({rows: [{id: fresh()}]}),
  'PATCH /v1/devices/{id}': () => ({labels: {}}),
  ...Object.fromEntries(
    [
      'disable',
      'enable',
      'maintain',
      'quarantine',
      'release',
      'reset-health',
      'disown',
      'retire',
      'purge',
    ].map(verb => [`POST /v1/devices/{id}/${verb}`, () => ({reason: 'test'})]),
  ),
  ...Object.fromEntries(
    ['PATCH', 'PUT'].flatMap(method =>
      ['desired', 'tags'].map(section => [
        `${method} /v1/devices/{id}/twin/${section}`,
        () => ({interval: 30}),
      ]),
    ),
  ),
  'POST /v1/devices/{id}/commands': () => ({name: 'blink'}),
  'POST /v1/devices/{id}/credentials': () => ({kind: 'secret'}),
  'POST /v1/devices/{id}/rotate': () => ({graceMs: 1000}),
  'POST /v1/claims': () => ({model: fresh()}),
  'POST /v1/enrolment-groups': () => ({name: fresh()}),
  'POST /v1/enrolment-requests/{group}/{id}/deny': () => ({reason: 'test'}),
  'POST /v1/query': () => ({sql: 'SELECT 1'}),
  'POST /v1/stats': () => ({metrics: ['temperature'], lastMs: 60_000}),
  'POST /v1/episodes': () => ({metric: 'temperature', lastMs: 60_000, above: 5}),
  'POST /v1/users': () => ({name: fresh()}),
  'PATCH /v1/users/{name}': () => ({displayName: 'Someone'}),
  'POST /v1/me/password': () => ({old: 'x', new: 'y'}),
  'POST /v1/tokens': () => ({name: fresh(), topics: ['x/#']}),
  'POST /v1/bindings': () => ({subject: 'token:spare', role: 'viewer'}),
  'POST /v1/tenants': () => ({id: fresh()}),
  'POST /v1/tenants/{id}/suspend': () => ({reason: 'test'}),
  'PUT /v1/tenants/{id}/quotas': () => ({devices: 10}),
  'POST /v1/tenants/{id}/break-glass': () => ({reason: 'test'}),
  'POST /v1/configurations': () => ({name: fresh(), selector: 'site=nowhere', patch: {interval: 5}}),
  'POST /v1/configurations/{name}/stop': () => ({reason: 'test'}),
  'POST /v1/configurations/{name}/resume': () => ({skipPending: true}),
  'POST /v1/models': () => ({model: fresh(), version: 1}),
  'POST /v1/models/check': () => ({older: {model: 'a', version: 1}, newer: {model: 'a', version: 2}}),
  'POST /v1/fleet/plan': () => ({devices: [{id: fresh()}]}),
  'PATCH /v1/retention': () => ({raw: {archiveAfterDays: 7}}),
  'POST /v1/retention/run': () => ({compact: true}),
  'PATCH /v1/policy': () => ({onTamper: 'latch'}),
  'POST /v1/group-keys': () => ({name: fresh()}),
  'POST /v1/authorities': async () => ({certificate: (await testRoot()).certificatePem}),
  'POST /v1/authorities/{id}/verify': () => ({proof: 'not a proof'}),
  'POST /v1/files': () => ({name: fresh(), bytes: 1, digest: '0'.repeat(64)}),
  'PUT /v1/files/{id}/content': () => ({}),
  'POST /v1/cursors': () => ({name: fresh()}),
  'PUT /v1/cursors/{name}': () => ({offset: -1}),
  'POST /v1/consumers': () => ({name: fresh(), target: {kind: 'file'}}),
  'POST /v1/consumers/{name}/seek': () => ({to: 'now'}),
  'POST /v1/consumers/{name}/dead-letters/replay': () => ({}),
  'POST /v1/consumers/{name}/dead-letters/purge': () => ({}),
  'POST /v1/uploads': () => ({name: 'a.csv', digest: fresh()}),
  'PUT /v1/uploads/{id}/parts/{part}': () => ({rows: []}),
  'POST /v1/bans': () => ({device: fresh(), reason: 'test'}),
};

const QUERIES: Readonly<Record<string, string>> = {
  'GET /v1/auth/can-i': '?permission=device:read',
  'GET /v1/events/tail': '?follow=false&last=0',
  'GET /v1/export/part': '?table=events&day=2026-11-01&format=csv',
  'DELETE /v1/devices/{id}': '?force=true',
  'PUT /v1/files/{id}/content': '?at=0',
};

/** Operations that an allowed caller is refused for another reason than a right. */
const REFUSED_OTHERWISE: Readonly<Record<string, number>> = {
  // None of these tokens is a person's.
  'POST /v1/me/password': 403,
  // Nor is any of a login.
  'POST /v1/logout': 409,
  // The device is neither in quarantine nor retired.
  'POST /v1/devices/{id}/release': 409,
  'POST /v1/devices/{id}/purge': 409,
  // Nobody has it yet.
  'POST /v1/devices/{id}/disown': 409,
  'POST /v1/authorities/{id}/verify': 400,
  // An empty one, which is not sealed.
  'PUT /v1/files/{id}/content': 400,
  'GET /v1/files/{id}/content': 409,
  // It is not paused.
  'DELETE /v1/consumers/{name}/files': 409,
  // There is no table.
  'GET /v1/export/part': 400,
  // It is not the next part.
  'PUT /v1/uploads/{id}/parts/{part}': 409,
  // The platform's own log needs more than the right to read a log; the tenant's is asked for here.
};

let api: StartedApi;
let tenants: Awaited<ReturnType<typeof twoTenants>>;
let operations: Operation[];

beforeAll(async () => {
  api = await startTestApi();
  tenants = await twoTenants(api);
  operations = await readOperations(api);
  return async () => await api[Symbol.asyncDispose]();
});

async function readOperations({url}: StartedApi): Promise<Operation[]> {
  const document = (await (await fetch(`${url}/v1/openapi.json`)).json()) as {
    paths: Record<
      string,
      Record<string, {'x-permission'?: Permission | null; security?: object[]; requestBody?: object}>
    >;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, {'x-permission': permission = null, security, requestBody}]) => ({
      method: method.toUpperCase(),
      path,
      permission,
      open: security !== undefined && !security.some(scheme => 'token' in scheme),
      hasBody: requestBody !== undefined,
    })),
  );
}

/** Fewer than the API lets one address fail. */
const FAILURES_AT_ONCE = 50;

const nameOf = ({method, path}: Operation): string => `${method} ${path}`;

const guarded = (): Operation[] =>
  operations.filter(({open, path}) => !open && path !== '/v1/shutdown' && path !== '/v1/logs');

function has(caller: CallerName, permission: Permission | null): boolean {
  if (permission === null) return true;
  if (caller === 'nobody') return false;
  if (caller === 'viewer elsewhere')
    return isDevicePermission(permission) && ROLE_TABLE.viewer.permissions.has(permission);
  return ROLE_TABLE[caller as Role].permissions.has(permission);
}

const kindOf = (path: string): Kind | undefined =>
  path.includes('{') ? KINDS.find(([pattern]) => pattern.test(path))![1] : undefined;

async function ask(operation: Operation, caller: CallerName, ids: readonly string[]) {
  const name = nameOf(operation);
  let index = 0;
  const path = operation.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(ids[index++]!));
  const body = operation.hasBody ? JSON.stringify(await BODIES[name]!()) : undefined;
  const response = await fetch(`${api.url}${path}${QUERIES[name] ?? ''}`, {
    method: operation.method,
    headers: {
      authorization: `Bearer ${tenants.secretOf(caller)}`,
      ...(body === undefined ? {} : {'content-type': 'application/json'}),
    },
    ...(body === undefined ? {} : {body}),
  });
  return {status: response.status, text: await response.text()};
}

/** What an answer says when its own ids, and what differs in every answer, are left out. */
const withoutIds = (text: string, ids: readonly string[]): string =>
  ids.reduce((rest, id) => rest.replaceAll(id, 'ID'), text).replace(/"traceId":"[^"]*"/, '');

describe('every operation', () => {
  it('says who may use it, and has a body here where it needs one', () => {
    expect(operations.length).toBeGreaterThan(40);
    expect(
      guarded()
        .filter(operation => operation.hasBody && !BODIES[nameOf(operation)])
        .map(nameOf),
    ).toEqual([]);
    expect(
      guarded()
        .filter(({permission}) => permission === null)
        .map(nameOf)
        .sort(),
    ).toEqual([
      'GET /v1/auth/can-i',
      'GET /v1/me',
      'GET /v1/roles',
      'POST /v1/logout',
      'POST /v1/me/password',
    ]);
  });

  it('wants a token', async () => {
    const all = guarded();
    // One address may fail so often: a fresh API forgets it.
    for (let from = 0; from < all.length; from += FAILURES_AT_ONCE) {
      await using another = await startTestApi();
      for (const {method, path} of all.slice(from, from + FAILURES_AT_ONCE)) {
        const {status} = await fetch(`${another.url}${path.replaceAll(/\{\w+\}/g, 'x')}`, {method});
        expect({method, path, status}).toEqual({method, path, status: 401});
      }
    }
  });

  it.each(CALLERS)('does for %s what the roles say, and nothing more', async caller => {
    for (const operation of guarded()) {
      const kind = kindOf(operation.path);
      const ids = kind ? await tenants.make(kind, OWN) : [];
      const {status, text} = await ask(operation, caller, ids);
      const allowed = has(caller, operation.permission);
      const hidden = allowed && caller === 'viewer elsewhere' && kind !== undefined;
      const expected = !allowed ? 403 : hidden ? 404 : REFUSED_OTHERWISE[nameOf(operation)];
      const seen = {caller, operation: nameOf(operation), status, text: status < 400 ? '' : text};
      if (expected === undefined)
        expect(seen).toSatisfy(({status: code}: typeof seen) => code < 300, JSON.stringify(seen));
      else expect(seen).toMatchObject({status: expected});
    }
  });

  it.each(CALLERS)(
    'answers %s about what is another tenant’s exactly as about what is not there',
    async caller => {
      for (const operation of guarded()) {
        const kind = kindOf(operation.path);
        // Tenants are the platform's: for those who may see one, none is foreign.
        if (kind === undefined || kind === 'tenant') continue;
        const foreignIds = await tenants.make(kind, FOREIGN);
        const missingIds = foreignIds.map(id =>
          // A number names a place within what the id before it names.
          /^\d+$/.test(id) ? id : kind === 'device' || kind === 'credential' ? fresh() : randomUUID(),
        );
        const foreign = await ask(operation, caller, foreignIds);
        const missing = await ask(operation, caller, missingIds);
        const name = nameOf(operation);
        expect({name, status: foreign.status, text: withoutIds(foreign.text, foreignIds)}).toEqual({
          name,
          status: has(caller, operation.permission) ? 404 : 403,
          text: withoutIds(missing.text, missingIds),
        });
      }
    },
  );

  it('changed nothing of the other tenant', async () => {
    const devices = await api.registry.devices.list(FOREIGN, {limit: 500});
    expect(devices.items.every(({lifecycle}) => lifecycle !== 'retired')).toBe(true);
    expect(
      (await api.registry.audit.list(FOREIGN, {limit: 100})).items.filter(
        ({action}) => action !== 'ban:create',
      ),
    ).toEqual([]);
  });
});
