import type {ApiClient} from '../client/api-client.js';
import type {Context} from '../client/contexts.js';
import {IotctlError} from '../domain/errors.js';
import {isTenantId} from '../domain/ids.js';

/**
 * The tenant that was given; else that of the context; else that of its token, for which the platform is asked. Throws
 * `IOT_TENANT_ID_INVALID`.
 */
export async function tenantOf(
  given: string | undefined,
  {context, api}: {context: () => Promise<Context>; api: () => Promise<ApiClient>},
): Promise<string> {
  const tenant = given ?? (await context()).tenant ?? (await (await api()).access.me()).tenant;
  if (isTenantId(tenant)) return tenant;
  throw new IotctlError('IOT_TENANT_ID_INVALID', `not a tenant id: ${JSON.stringify(tenant.slice(0, 80))}`);
}
