/** The shapes of people, roles, tokens and tenants. */
import {z} from 'zod';
import {PERMISSIONS, ROLES} from '../domain/permission.js';
import {parseSelector} from '../domain/selector.js';
import {
  QUOTA_NAMES,
  type QuotaName,
  type Quotas,
  type QuotaUsage,
  TENANT_STATES,
  type Tenant,
} from '../domain/tenant.js';
import type {Token} from '../domain/token.js';
import {type Binding, isSubject, type Subject, type User} from '../domain/user.js';

export const roleSchema = z.enum(ROLES);

const selectorSchema = z.string().min(1).max(512).refine(isSelector, 'not key=value,key=value');

/** A grant as it is asked for. */
export const wantedGrantSchema = z
  .strictObject({role: roleSchema, selector: selectorSchema.nullish()})
  .transform(({role, selector}) => ({role, selector: selector ?? null}));

export const grantSchema = z.object({role: roleSchema, selector: z.string().nullable()});

export const scopesSchema = z.array(z.enum(PERMISSIONS)).min(1).max(PERMISSIONS.length);

export const subjectSchema = z
  .string()
  .refine(isSubject, 'not user:NAME or token:NAME')
  .transform(text => text as Subject);

export const tokenSchema = z.object({
  name: z.string(),
  tenant: z.string(),
  kind: z.enum(['api', 'session', 'break-glass']),
  user: z.string().nullable(),
  roles: z.array(grantSchema).readonly(),
  scopes: z.array(z.string()).readonly().nullable(),
  topics: z.array(z.string()).readonly(),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  lastUsedFrom: z.string().nullable(),
}) satisfies z.ZodType<Token>;

export const createdTokenSchema = tokenSchema.extend({username: z.string(), secret: z.string()});

export const userSchema = z.object({
  name: z.string(),
  tenant: z.string(),
  kind: z.enum(['person', 'service']),
  state: z.enum(['active', 'disabled']),
  displayName: z.string().nullable(),
  createdAt: z.string(),
  lastLoginAt: z.string().nullable(),
}) satisfies z.ZodType<User>;

export const bindingSchema = z.object({
  id: z.string(),
  subject: z.string(),
  role: z.string(),
  selector: z.string().nullable(),
  createdAt: z.string(),
  createdBy: z.string(),
}) as unknown as z.ZodType<Binding>;

const quota = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable();

const forEachQuota = <Shape extends z.ZodType>(shape: Shape) =>
  Object.fromEntries(QUOTA_NAMES.map(name => [name, shape])) as Record<QuotaName, Shape>;

export const quotasSchema = z.object(forEachQuota(quota)) satisfies z.ZodType<Quotas>;
export const wantedQuotasSchema = z.strictObject(forEachQuota(quota)).partial();
export const usageSchema = z.object(forEachQuota(z.number().nullable())) satisfies z.ZodType<QuotaUsage>;

export const tenantSchema = z.object({
  id: z.string(),
  state: z.enum(TENANT_STATES),
  reason: z.string().nullable(),
  quotas: quotasSchema,
  createdAt: z.string(),
  changedAt: z.string(),
}) satisfies z.ZodType<Tenant>;

function isSelector(text: string): boolean {
  try {
    return parseSelector(text).length > 0;
  } catch {
    return false;
  }
}
