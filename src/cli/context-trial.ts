/** Tries a context before it is kept, and says who answered. */
import type {Context} from '../client/contexts.js';
import {IotctlError} from '../domain/errors.js';
import {apiAddress} from './platform-access.js';
import {say} from './stdout.js';
import {visible} from './text-width.js';
import {trustOf} from './trust-of.js';

/** Gives the context back with what the platform said about its token. Throws what is wrong with it. */
export async function tried(context: Context, {quiet}: {quiet: boolean}): Promise<Context> {
  const {kept, answer} = context.kind === 'mqtt' ? await triedBroker(context) : await triedPlatform(context);
  // It holds what a stranger may have sent.
  if (!quiet) say(visible(answer));
  return kept;
}

interface Trial {
  readonly kept: Context;
  /** What to say of who answered. */
  readonly answer: string;
}

async function triedPlatform(context: Context): Promise<Trial> {
  const {tryPlatform} = await import('../client/try-context.js');
  const {version, state, user, tenant} = await tryPlatform(apiAddress(context));
  const what = version === null ? 'A platform' : `iotctl ${version}, ${state},`;
  const whose =
    user === null ? '' : `; the token is ${user}’s${tenant === null ? '' : `, of tenant ${tenant}`}`;
  const answer = `${what} answered at ${context.url}${whose}`;
  const kept = {...context, ...(user === null ? {} : {user}), ...(tenant === null ? {} : {tenant})};
  return {kept, answer};
}

async function triedBroker(context: Context): Promise<Trial> {
  const {connectMqtt, disconnect} = await import('../client/mqtt-connect.js');
  const {url, username, password} = context;
  await using connection = await connectMqtt({url, username, password, trust: trustOf(context)});
  await disconnect(connection);
  return {
    kept: context,
    answer: `A broker answered at ${url}, which speaks MQTT ${connection.protocolVersion === 5 ? '5' : '3.1.1'}`,
  };
}

const NOT_SAVED = 'nothing was saved (--no-verify saves it untried)';

/** What failed before the context was kept, with the way to keep it all the same. */
export function notSaved(url: string, error: unknown): unknown {
  if (!(error instanceof IotctlError)) {
    const {code, message} = error as NodeJS.ErrnoException;
    const reach = /^mqtts?:|^wss?:/.test(url) ? 'IOT_BROKER_UNREACHABLE' : 'IOT_PLATFORM_UNREACHABLE';
    if (code === undefined) return error;
    return new IotctlError(reach, `cannot reach ${url} (${message || code}); ${NOT_SAVED}`, {
      cause: error,
    });
  }
  if (error.code === 'IOT_USAGE') return error;
  return new IotctlError(error.code, `${error.message}; ${NOT_SAVED}`, {cause: error});
}
