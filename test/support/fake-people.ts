/** Users, roles, tokens and logins of the fake platform. */
import type {FastifyInstance} from 'fastify';
import type {Me, WantedGrant, WantedToken} from '../../src/client/api-shapes.js';
import type {UserChange, WantedUser} from '../../src/client/user-api.js';
import type {Grant} from '../../src/domain/access.js';
import type {Role} from '../../src/domain/permission.js';
import {ROLE_TABLE, ROLES} from '../../src/domain/permission.js';
import type {CreatedToken, Token} from '../../src/domain/token.js';
import type {Binding, Subject, User} from '../../src/domain/user.js';
import {NOW, problem} from './fake-problem.js';

/** What a new token has for a secret. */
export const NEW_SECRET = 'iotctl_pat_new';

export interface FakePeople {
  readonly users: Map<string, User>;
  /** In the clear, as nothing here is worth a hash. */
  readonly passwords: Map<string, string>;
  readonly bindings: Map<string, Binding>;
  readonly tokens: Map<string, Token>;
  /** Secrets of logins, which are let in beside the token of the tests. */
  readonly sessions: Set<string>;
  me: Me;
}

export const nobody = (): FakePeople => ({
  users: new Map(),
  passwords: new Map(),
  bindings: new Map(),
  tokens: new Map(),
  sessions: new Set(),
  me: {
    tenant: 'default',
    subject: 'token:first',
    token: 'first',
    tokenExpiresAt: null,
    user: null,
    roles: [{role: 'tenant-admin', selector: null}],
    scopes: null,
    permissions: ['device:read', 'event:read'],
  },
});

export const tokenOf = (name: string, more: Partial<Token> = {}): Token => ({
  name,
  tenant: 'default',
  kind: 'api',
  user: null,
  roles: [],
  scopes: null,
  topics: [],
  createdAt: NOW,
  createdBy: 'token:first',
  expiresAt: null,
  lastUsedAt: null,
  lastUsedFrom: null,
  ...more,
});

export const userOf = (name: string, more: Partial<User> = {}): User => ({
  name,
  tenant: 'default',
  kind: 'person',
  state: 'active',
  displayName: null,
  createdAt: NOW,
  lastLoginAt: null,
  ...more,
});

export const createdTokenOf = (name: string, more: Partial<CreatedToken> = {}): CreatedToken => ({
  ...tokenOf(name, more),
  username: `${name}@${more.tenant ?? 'default'}`,
  secret: NEW_SECRET,
  ...more,
});

const grantsOf = (wanted: readonly WantedGrant[] | undefined): Grant[] =>
  (wanted ?? []).map(({role, selector}) => ({role: role as Role, selector: selector ?? null}));

export function peopleRoutes(server: FastifyInstance, people: FakePeople): void {
  tokenRoutes(server, people);
  userRoutes(server, people);
  accessRoutes(server, people);
}

function tokenRoutes(server: FastifyInstance, {tokens}: FakePeople): void {
  server.post<{Body: WantedToken}>('/v1/tokens', async ({body}, reply) => {
    if (tokens.has(body.name)) return problem(reply, 'IOT_TOKEN_EXISTS', `token ${body.name} exists`);
    const {name, user = null, roles, scopes = null, topics = [], expiresAt = null} = body;
    const token = tokenOf(name, {user, roles: grantsOf(roles), scopes, topics, expiresAt});
    tokens.set(name, token);
    return reply.code(201).send(createdTokenOf(name, token));
  });
  server.get('/v1/tokens', async () => ({items: [...tokens.values()]}));
  server.delete<{Params: {name: string}}>('/v1/tokens/:name', async ({params}, reply) => {
    if (!tokens.delete(params.name)) return problem(reply, 'IOT_TOKEN_UNKNOWN', `no token ${params.name}`);
    return reply.code(204).send();
  });
}

function userRoutes(server: FastifyInstance, {users, passwords}: FakePeople): void {
  const missing = (name: string) => `no user ${name}`;
  server.post<{Body: WantedUser}>('/v1/users', async ({body}, reply) => {
    const {name, kind, displayName = null, password} = body;
    if (users.has(name)) return problem(reply, 'IOT_USER_EXISTS', `user ${name} exists`);
    users.set(name, userOf(name, {kind, displayName}));
    if (password !== undefined) passwords.set(name, password);
    return reply.code(201).send(users.get(name));
  });
  server.get('/v1/users', async () => ({items: [...users.values()]}));
  server.get<{Params: {name: string}}>('/v1/users/:name', async ({params: {name}}, reply) => {
    return users.get(name) ?? problem(reply, 'IOT_USER_UNKNOWN', missing(name));
  });
  server.patch<{Params: {name: string}; Body: UserChange}>('/v1/users/:name', async (request, reply) => {
    const {password, ...change} = request.body;
    const {name} = request.params;
    const user = users.get(name);
    if (user === undefined) return problem(reply, 'IOT_USER_UNKNOWN', missing(name));
    users.set(name, {...user, ...change});
    if (password !== undefined) passwords.set(name, password);
    return users.get(name);
  });
  server.delete<{Params: {name: string}}>('/v1/users/:name', async ({params: {name}}, reply) => {
    if (!users.delete(name)) return problem(reply, 'IOT_USER_UNKNOWN', missing(name));
    return reply.code(204).send();
  });
}

function accessRoutes(server: FastifyInstance, people: FakePeople): void {
  const {passwords, sessions, bindings} = people;
  server.post<{Body: {tenant: string; user: string; password: string}}>(
    '/v1/login',
    async ({body}, reply) => {
      const {tenant, user, password} = body;
      if (passwords.get(user) !== password)
        return problem(reply, 'IOT_UNAUTHENTICATED', 'wrong name or password');
      const name = `session-${sessions.size + 1}`;
      const secret = `iotctl_ses_${user}`;
      sessions.add(secret);
      people.me = {...people.me, tenant, subject: `user:${user}`, user, token: name};
      return reply
        .code(201)
        .send(createdTokenOf(name, {kind: 'session', tenant, user, secret, expiresAt: NOW}));
    },
  );
  server.get('/v1/me', async () => people.me);
  server.post('/v1/logout', async (_request, reply) => {
    if (sessions.size === 0) return problem(reply, 'IOT_CONFLICT', 'this token is not of a login');
    sessions.clear();
    return reply.code(204).send();
  });
  server.post<{Body: {old: string; new: string}}>('/v1/me/password', async ({body}, reply) => {
    const {user} = people.me;
    if (passwords.get(user!) !== body.old) return problem(reply, 'IOT_UNAUTHENTICATED', 'wrong password');
    passwords.set(user!, body.new);
    return reply.code(204).send();
  });
  server.get<{Querystring: {permission: string; device?: string}}>('/v1/auth/can-i', async ({query}) => {
    const allowed = people.me.permissions.includes(query.permission);
    return allowed
      ? {allowed, by: 'role tenant-admin', reason: null}
      : {allowed, by: null, reason: `no role of this caller has ${query.permission}`};
  });
  server.get('/v1/roles', async () => ({
    items: ROLES.map(name => ({
      name,
      summary: ROLE_TABLE[name].summary,
      permissions: [...ROLE_TABLE[name].permissions],
    })),
  }));
  server.get<{Querystring: {subject?: string}}>('/v1/bindings', async ({query}) => ({
    items: [...bindings.values()].filter(
      ({subject}) => query.subject === undefined || subject === query.subject,
    ),
  }));
  server.post<{Body: {subject: Subject; role: string; selector?: string}}>(
    '/v1/bindings',
    async ({body}, reply) => {
      const id = `binding-${bindings.size + 1}`;
      const {subject, role, selector = null} = body;
      bindings.set(id, {id, subject, role, selector, createdAt: NOW, createdBy: 'token:first'});
      return reply.code(201).send(bindings.get(id));
    },
  );
  server.delete<{Params: {id: string}}>('/v1/bindings/:id', async ({params}, reply) => {
    if (!bindings.delete(params.id)) return problem(reply, 'IOT_BINDING_UNKNOWN', `no binding ${params.id}`);
    return reply.code(204).send();
  });
}
