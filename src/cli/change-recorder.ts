import {changeRecorder} from '../client/change-log.js';
import type {EndChange} from '../client/changes.js';
import type {Context} from '../client/contexts.js';
import {say} from './stdout.js';
import {knownSecrets, withoutSecrets} from './typed-words.js';

/**
 * Writes down what is changed in the name of a context, and says once when that does not work. A path holds what was
 * typed, so it loses its secrets as the words do.
 */
export function recorder(
  context: Context,
  words: readonly string[],
): (method: string, path: string) => EndChange {
  const {name, url, user} = context;
  const secrets = knownSecrets(context);
  const origin = {context: name, url: withoutSecrets(url, secrets), user: user ?? null, command: words};
  const begin = changeRecorder(origin, error =>
    say(`Warning: the log of your changes cannot be written: ${error.message}`),
  );
  return (method, path) => begin(method, withoutSecrets(path, secrets));
}
