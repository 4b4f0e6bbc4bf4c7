/** Which context a login goes to, and whose it is. */
import {type Context, loadContexts} from '../client/contexts.js';
import {IotctlError} from '../domain/errors.js';
import {parseUsername} from '../domain/identity.js';
import {isTenantId} from '../domain/ids.js';

/** A context with the token of a user. */
export interface LoginContext extends Context {
  readonly user?: string | undefined;
  /** A command that prints a token. */
  readonly tokenCommand?: string | undefined;
}

/** The same platform, spoken to in the same way, with another token. */
export const withToken = (
  here: Context,
  {name, token, tenant, user}: {name: string; token: string; tenant: string; user: string | undefined},
): LoginContext => ({...here, name, token, tenant, user, tokenCommand: undefined});

export interface Login {
  readonly user: string;
  readonly tenant: string;
}

/** `alice@acme`. Throws `IOT_USAGE`. */
export function parseLogin(text: string): Login {
  const found = parseUsername(text);
  if (found === undefined || !isTenantId(found.tenant)) {
    throw new IotctlError('IOT_USAGE', `not USER@TENANT: ${JSON.stringify(text.slice(0, 140))}`);
  }
  return {user: found.name, tenant: found.tenant};
}

/** Who logged in to this context before. Throws `IOT_USAGE` where that is not known. */
export function loginOf({name, user, tenant}: LoginContext): Login {
  if (user === undefined || tenant === undefined) {
    throw new IotctlError('IOT_USAGE', `nobody has logged in to context ${name} before: write USER@TENANT`);
  }
  return {user, tenant};
}

/**
 * The name of the context that gets the token: `chosen`; or the present one, if its token is of the same user, or it
 * has none. A token of someone else may exist nowhere else, so the login then has a context of its own.
 */
export function contextNameFor(
  login: Login,
  here: LoginContext | undefined,
  chosen: string | undefined,
): string {
  if (chosen !== undefined) return chosen;
  const same = here?.user === login.user && here.tenant === login.tenant;
  const hasNoToken = !here?.token && here?.tokenCommand === undefined;
  return here && (same || hasNoToken) ? here.name : `${login.user}.${login.tenant}`;
}

/** Throws `IOT_CONFLICT` where a context of that name is about another platform. */
export async function requireSamePlatform(name: string, url: string): Promise<void> {
  const there = (await loadContexts()).contexts.find(context => context.name === name);
  if (there === undefined || there.url === url) return;
  throw new IotctlError(
    'IOT_CONFLICT',
    `context ${name} is about another platform, ${there.url}: choose a name with --context`,
  );
}
