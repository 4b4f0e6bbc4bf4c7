import {type Context, loadContexts} from '../client/contexts.js';
import type {Columns} from './output.js';
import {holdsSecret, usedContext, warnIfOthersMayRead} from './used-context.js';

/** A context as it is shown: never with its token. */
export interface ContextView {
  readonly name: string;
  readonly current: boolean;
  readonly url: string;
  readonly mqttUrl: string | null;
  readonly tenant: string | null;
  /** Is there a token, or a command that prints one? */
  readonly hasToken: boolean;
  readonly kind: 'platform' | 'mqtt';
  readonly readOnly: boolean;
  readonly protected: boolean;
  /** Which certificates are trusted. */
  readonly trust: 'ca' | 'fingerprint' | 'system';
  /** The one that is pinned. */
  readonly fingerprint: string | null;
  /** The command itself is not shown, as it may hold a secret. */
  readonly tokenSource: 'stored' | 'command' | 'none';
  /** Whose token it is, as the platform said when the context was added; or the user name at a broker. */
  readonly user: string | null;
}

export const CONTEXT_COLUMNS: Columns<ContextView> = {
  name: context => context.name,
  current: context => (context.current ? {value: true, tone: 'good'} : false),
  url: context => context.url,
  mqttUrl: context => context.mqttUrl,
  tenant: context => context.tenant,
  hasToken: context => context.hasToken,
  kind: context => context.kind,
  readOnly: context => context.readOnly,
  protected: context => context.protected,
  trust: context => context.trust,
  tokenSource: context => context.tokenSource,
  user: context => context.user,
};

export async function contextViews(): Promise<ContextView[]> {
  const {contexts, current} = await loadContexts();
  if (contexts.some(holdsSecret)) await warnIfOthersMayRead();
  return contexts.map(context => viewOf(context, current));
}

/** The named context, or the current one. Throws `IOT_CONTEXT_UNKNOWN` or `IOT_CONTEXT_MISSING`. */
export async function contextView(name: string | undefined): Promise<ContextView> {
  const {current} = await loadContexts();
  return viewOf(await usedContext(name), current);
}

function viewOf(context: Context, current: string | undefined): ContextView {
  const tokenSource = tokenSourceOf(context);
  return {
    name: context.name,
    current: context.name === current,
    url: context.url,
    mqttUrl: context.mqttUrl ?? null,
    tenant: context.tenant ?? null,
    hasToken: tokenSource !== 'none',
    kind: context.kind ?? 'platform',
    readOnly: context.readOnly ?? false,
    protected: context.protected ?? false,
    trust: context.fingerprint !== undefined ? 'fingerprint' : context.ca !== undefined ? 'ca' : 'system',
    fingerprint: context.fingerprint ?? null,
    tokenSource,
    user: context.user ?? context.username ?? null,
  };
}

const tokenSourceOf = ({token, tokenCommand}: Context): ContextView['tokenSource'] =>
  tokenCommand !== undefined ? 'command' : (token ?? '') === '' ? 'none' : 'stored';
