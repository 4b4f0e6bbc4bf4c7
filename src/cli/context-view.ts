import {type Context, loadContexts, resolveContext} from '../client/contexts.js';
import type {Columns} from './output.js';

/** A context as it is shown: never with its token. */
export interface ContextView {
  readonly name: string;
  readonly current: boolean;
  readonly url: string;
  readonly mqttUrl: string | null;
  readonly tenant: string | null;
  /** Is there a token, or a command that prints one? */
  readonly hasToken: boolean;
}

export const CONTEXT_COLUMNS: Columns<ContextView> = {
  name: context => context.name,
  current: context => (context.current ? {value: true, tone: 'good'} : false),
  url: context => context.url,
  mqttUrl: context => context.mqttUrl,
  tenant: context => context.tenant,
  hasToken: context => context.hasToken,
};

export async function contextViews(): Promise<ContextView[]> {
  const {contexts, current} = await loadContexts();
  return contexts.map(context => viewOf(context, current));
}

/** The named context, or the current one. Throws `IOT_CONTEXT_UNKNOWN` or `IOT_CONTEXT_MISSING`. */
export async function contextView(name: string | undefined): Promise<ContextView> {
  const {current} = await loadContexts();
  return viewOf(await resolveContext(name), current);
}

const viewOf = (context: Context, current: string | undefined): ContextView => ({
  name: context.name,
  current: context.name === current,
  url: context.url,
  mqttUrl: context.mqttUrl ?? null,
  tenant: context.tenant ?? null,
  hasToken: context.token !== '',
});
