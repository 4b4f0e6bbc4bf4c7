/** Credentials of devices, and keys of groups, of the fake platform. */
import type {FastifyInstance} from 'fastify';
import type {WantedCredential} from '../../src/client/credential-api.js';
import type {GroupKeyView} from '../../src/client/group-key-api.js';
import type {CredentialKind, CredentialView} from '../../src/domain/credential.js';
import type {Device} from '../../src/domain/device.js';
import {NOW, problem} from './fake-problem.js';

/** 32 bytes, as a device's key has. */
export const NEW_KEY = Buffer.alloc(32, 7).toString('base64');
export const NEW_DEVICE_SECRET = 'new-device-secret';
export const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nbGFtcA==\n-----END CERTIFICATE-----\n';
export const CHAIN = '-----BEGIN CERTIFICATE-----\nY2E=\n-----END CERTIFICATE-----\n';

export interface FakeCredentials {
  readonly credentials: Map<string, CredentialView>;
  readonly groupKeys: Map<string, GroupKeyView>;
}

export const noCredentials = (): FakeCredentials => ({credentials: new Map(), groupKeys: new Map()});

export const credentialOf = (id: string, more: Partial<CredentialView> = {}): CredentialView => ({
  id,
  device: 'lamp-1',
  kind: 'secret',
  notBefore: null,
  notAfter: null,
  createdAt: NOW,
  createdBy: 'token:first',
  lastUsedAt: null,
  lastUsedFrom: null,
  serial: null,
  ...more,
});

/** What is secret in a new credential. */
export function secretsOf(kind: CredentialKind): object {
  if (kind === 'secret') return {secret: NEW_DEVICE_SECRET};
  if (kind === 'token') return {key: NEW_KEY, keyId: 'key-1'};
  return kind === 'x509' ? {certificate: CERTIFICATE, chain: CHAIN} : {};
}

interface WithId {
  Params: {id: string};
}

export function credentialRoutes(
  server: FastifyInstance,
  {credentials, groupKeys, devices}: FakeCredentials & {devices: Map<string, Device>},
): void {
  const issue = (device: string, {kind, notBefore, notAfter}: WantedCredential) => {
    const id = `credential-${credentials.size + 1}`;
    const serial = kind === 'x509' ? 'ab12' : null;
    const credential = credentialOf(id, {
      device,
      kind,
      notBefore: notBefore ?? null,
      notAfter: notAfter ?? null,
      serial,
    });
    credentials.set(id, credential);
    return {credential, username: `${device}@default`, ...secretsOf(kind)};
  };
  const of = (device: string) => [...credentials.values()].filter(credential => credential.device === device);
  server.addHook('preHandler', async ({url, params}, reply) => {
    const {id} = params as {id?: string};
    if (id === undefined || !/\/(?:credentials|rotate)/.test(url) || devices.has(id)) return undefined;
    return problem(reply, 'IOT_DEVICE_UNKNOWN', `no device ${id}`);
  });
  server.get<WithId>('/v1/devices/:id/credentials', async ({params}) => ({items: of(params.id)}));
  server.post<WithId & {Body: WantedCredential}>(
    '/v1/devices/:id/credentials',
    async ({params, body}, reply) => reply.code(201).send(issue(params.id, body)),
  );
  server.delete<{Params: {id: string; credential: string}}>(
    '/v1/devices/:id/credentials/:credential',
    async ({params}, reply) => {
      if (!credentials.delete(params.credential)) {
        return problem(reply, 'IOT_CREDENTIAL_UNKNOWN', `no credential ${params.credential}`);
      }
      return reply.code(204).send();
    },
  );
  server.post<WithId & {Body: WantedCredential & {graceMs: number}}>(
    '/v1/devices/:id/rotate',
    async ({params, body}, reply) => {
      const notAfter = new Date(Date.parse(NOW) + body.graceMs).toISOString();
      const replaced = of(params.id)
        .filter(({kind}) => kind === body.kind)
        .map(old => ({...old, notAfter}));
      return reply.code(201).send({...issue(params.id, body), replaced});
    },
  );
  server.get('/v1/group-keys', async () => ({items: [...groupKeys.values()]}));
  server.post<{Body: {name: string}}>('/v1/group-keys', async ({body: {name}}, reply) => {
    groupKeys.set(name, {name, createdAt: NOW, createdBy: 'token:first'});
    return reply.code(201).send({...groupKeys.get(name), key: NEW_KEY});
  });
  server.delete<{Params: {name: string}}>('/v1/group-keys/:name', async ({params: {name}}, reply) => {
    if (!groupKeys.delete(name)) return problem(reply, 'IOT_NOT_FOUND', `no group key ${name}`);
    return reply.code(204).send();
  });
}
