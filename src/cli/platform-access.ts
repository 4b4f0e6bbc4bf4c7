/** From a context to the client of its platform, with all that the context says about how to speak to it. */
import {ApiClient} from '../client/api-client.js';
import {type BeginChange, readOnlyRefusal} from '../client/changes.js';
import type {Context} from '../client/contexts.js';
import type {Address} from '../client/request.js';
import {IotctlError} from '../domain/errors.js';
import type {recorder} from './change-recorder.js';
import {trustOf} from './trust-of.js';

/** `words` are those of the command line, for the log of changes. Throws `IOT_CONTEXT_KIND` for a plain broker. */
export function openApi(context: Context, words: readonly string[]): ApiClient {
  return new ApiClient(apiAddress(context, beginChange(context, words)));
}

export function apiAddress(context: Context, beginChange?: BeginChange): Address {
  const {name, kind, url} = context;
  if (kind === 'mqtt') {
    throw new IotctlError(
      'IOT_CONTEXT_KIND',
      `context ${name} is a plain MQTT broker (${url}), and this command needs the API of a platform`,
    );
  }
  return {url, token: tokenSource(context), trust: trustOf(context), beginChange};
}

/** The command is run once for a command line, and only if a request is made. */
function tokenSource({token, tokenCommand}: Context): Address['token'] {
  if (tokenCommand === undefined) return token ?? '';
  let asked: Promise<string> | undefined;
  return () => {
    asked ??= import('../client/token-command.js').then(({tokenOfCommand}) => tokenOfCommand(tokenCommand));
    return asked;
  };
}

/** Prevents changes where the context is read-only, and writes down all others. */
function beginChange(context: Context, words: readonly string[]): BeginChange {
  if (context.readOnly === true) {
    return async (method, path) => {
      throw readOnlyRefusal(context.name, `${method} ${path}`);
    };
  }
  // Most commands change nothing: they do not wait for what only a change needs.
  let recording: Promise<ReturnType<typeof recorder>> | undefined;
  return async (method, path) => {
    recording ??= import('./change-recorder.js').then(loaded => loaded.recorder(context, words));
    return (await recording)(method, path);
  };
}
