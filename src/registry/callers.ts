/** Who is at the other end of a request: a secret becomes a caller, with everything that a decision needs. */
import type {Access} from '../domain/access.js';
import {PERMISSIONS, type Permission} from '../domain/permission.js';
import type {TenantState} from '../domain/tenant.js';
import type {Token} from '../domain/token.js';
import type {Subject} from '../domain/user.js';
import {Bindings} from './bindings.js';
import type {TokenRow} from './tables/tenants.js';
import {Tenants} from './tenants.js';
import {subjectOf, Tokens} from './tokens.js';
import type {Database} from './transact.js';
import {Users} from './users.js';

export interface Caller {
  readonly tenant: string;
  readonly tenantState: TenantState;
  /** Why it is suspended. */
  readonly tenantReason: string | null;
  readonly subject: Subject;
  readonly token: string;
  readonly tokenKind: Token['kind'];
  readonly expiresMs: number | null;
  readonly access: Access;
}

/** Undefined for nobody's secret, an expired one, and that of a user who is disabled. */
export async function callerOf(
  database: Database,
  secret: string,
  nowMs: number,
): Promise<Caller | undefined> {
  const row = await new Tokens(database).findBySecret(secret, nowMs);
  if (!row || !(await mayAct(database, row))) return undefined;
  const tenants = new Tenants(database);
  const facts = await tenants.facts(row.tenant);
  if (!facts || facts.state === 'deleted') return undefined;
  return {
    tenant: row.tenant,
    tenantState: facts.state,
    tenantReason: facts.state === 'active' ? null : (await tenants.get(row.tenant)).reason,
    subject: subjectOf(row),
    token: row.name,
    tokenKind: row.kind,
    expiresMs: row.expires_ms,
    access: await accessOf(database, row),
  };
}

export async function accessOf(database: Database, row: TokenRow): Promise<Access> {
  return {
    tenant: row.tenant,
    grants: await new Bindings(database).grantsOf(row.tenant, subjectOf(row)),
    scopes: row.scopes === null ? null : permissionsIn(JSON.parse(row.scopes) as string[]),
  };
}

/** A token of a user ends with its user. */
export async function mayAct(database: Database, {tenant, user_name: user}: TokenRow): Promise<boolean> {
  return user === null || (await new Users(database).find(tenant, user))?.state === 'active';
}

/** What this version knows of what another may have written. */
const permissionsIn = (scopes: readonly string[]): Permission[] =>
  PERMISSIONS.filter(permission => scopes.includes(permission));
