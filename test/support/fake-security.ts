/** Bans, authorities and the audit log of the fake platform. */
import type {FastifyInstance} from 'fastify';
import type {AuditQuery} from '../../src/client/audit-api.js';
import type {AuthorityView} from '../../src/client/authority-api.js';
import type {WantedBan} from '../../src/client/ban-api.js';
import type {AuditRecord, AuditVerdict} from '../../src/domain/audit.js';
import type {Ban} from '../../src/domain/ban.js';
import {NOW, problem} from './fake-problem.js';

export const REVOCATION_LIST = '-----BEGIN X509 CRL-----\nY3Js\n-----END X509 CRL-----\n';

export interface FakeSecurity {
  readonly bans: Map<string, Ban>;
  readonly authorities: Map<string, AuthorityView>;
  readonly records: AuditRecord[];
  verdict: AuditVerdict;
  /** Does the connection break in the middle of an export? */
  breaksExport: boolean;
}

export const noSecurity = (): FakeSecurity => ({
  bans: new Map(),
  authorities: new Map(),
  records: [],
  verdict: {ok: true, records: 2, lastSeq: 2, lastHash: 'ff', checkpointed: 2, keyId: 'ab'},
  breaksExport: false,
});

export const recordOf = (seq: number, more: Partial<AuditRecord> = {}): AuditRecord => ({
  seq,
  time: NOW,
  tenant: 'default',
  actor: {kind: 'user', name: 'alice', tokenId: null, address: '192.0.2.7', userAgent: null},
  action: 'device:retire',
  target: 'device/lamp-1',
  outcome: 'allowed',
  reason: null,
  before: null,
  after: null,
  count: 1,
  traceId: null,
  prevHash: '00',
  hash: 'ff',
  ...more,
});

export function securityRoutes(server: FastifyInstance, fake: FakeSecurity): void {
  banRoutes(server, fake);
  authorityRoutes(server, fake);
  auditRoutes(server, fake);
}

function banRoutes(server: FastifyInstance, {bans}: FakeSecurity): void {
  server.get('/v1/bans', async () => ({items: [...bans.values()]}));
  server.post<{Body: WantedBan}>('/v1/bans', async ({body}, reply) => {
    const {address = null, device = null, durationMs, reason} = body;
    const id = `ban-${bans.size + 1}`;
    const expiresAt = durationMs === undefined ? null : new Date(Date.parse(NOW) + durationMs).toISOString();
    bans.set(id, {
      id,
      address,
      device,
      tenant: 'default',
      reason,
      automatic: false,
      createdAt: NOW,
      expiresAt,
    });
    return reply.code(201).send(bans.get(id));
  });
  server.delete<{Params: {id: string}}>('/v1/bans/:id', async ({params: {id}}, reply) => {
    if (!bans.delete(id)) return problem(reply, 'IOT_BAN_UNKNOWN', `no ban ${id}`);
    return reply.code(204).send();
  });
}

function authorityRoutes(server: FastifyInstance, {authorities}: FakeSecurity): void {
  const missing = (id: string) => `no authority ${id}`;
  server.get('/v1/authorities', async () => ({items: [...authorities.values()]}));
  server.get('/v1/authorities/crl', async (_request, reply) =>
    reply.type('application/x-pem-file').send(REVOCATION_LIST),
  );
  server.post<{Body: {certificate: string}}>('/v1/authorities', async (_request, reply) => {
    const id = `ca-${authorities.size + 1}`;
    const [subject, fingerprint, code] = ['CN=Fjord', 'AB:CD', 'prove-me'];
    const shown = {certificate: 'PEM', subject, fingerprint, notAfter: NOW};
    authorities.set(id, {id, kind: 'customer', state: 'pending', ...shown, code});
    return reply.code(201).send(authorities.get(id));
  });
  server.post<{Params: {id: string}; Body: {proof: string}}>(
    '/v1/authorities/:id/verify',
    async ({params: {id}}, reply) => {
      const authority = authorities.get(id);
      if (authority === undefined) return problem(reply, 'IOT_NOT_FOUND', missing(id));
      authorities.set(id, {...authority, state: 'active', code: null});
      return authorities.get(id);
    },
  );
  server.delete<{Params: {id: string}}>('/v1/authorities/:id', async ({params: {id}}, reply) => {
    if (!authorities.delete(id)) return problem(reply, 'IOT_NOT_FOUND', missing(id));
    return reply.code(204).send();
  });
}

function auditRoutes(server: FastifyInstance, fake: FakeSecurity): void {
  server.get<{Querystring: AuditQuery & {limit: string; cursor?: string}}>('/v1/audit', async ({query}) => {
    const matching = fake.records
      .filter(({actor}) => query.actor === undefined || actor.name === query.actor)
      .filter(({outcome}) => query.outcome === undefined || outcome === query.outcome)
      .sort((a, b) => b.seq - a.seq);
    const start = Number(query.cursor ?? 0);
    const end = start + Number(query.limit);
    return {items: matching.slice(start, end), nextCursor: end < matching.length ? String(end) : null};
  });
  server.get('/v1/audit/verify', async () => fake.verdict);
  server.get('/v1/audit/export', async (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, {'content-type': 'application/x-ndjson'});
    for (const record of fake.records) reply.raw.write(`${JSON.stringify(record)}\n`);
    if (fake.breaksExport) setImmediate(() => reply.raw.destroy());
    else reply.raw.end();
  });
}
