/** What `context add` is told, made into a context that is not tried yet. */
import * as Flags from '@oclif/core/flags';
import {checkedUrl} from '../client/broker-url.js';
import type {Context} from '../client/contexts.js';
import {IotctlError} from '../domain/errors.js';

const TOKEN_FLAGS = ['token', 'token-stdin', 'token-command'];
const without = (name: string): string[] => TOKEN_FLAGS.filter(flag => flag !== name);

/**
 * None has a variable: those that say which platform or broker to use now, such as `IOTCTL_URL` and `IOTCTL_USERNAME`,
 * say nothing about a context that is added.
 */
export const CONTEXT_FLAGS = {
  name: Flags.string({env: '', description: 'its name [default: the host of the URL]'}),
  url: Flags.string({env: '', description: 'the URL, where the argument is the name'}),
  kind: Flags.option({
    env: '',
    options: ['platform', 'mqtt'] as const,
    default: 'platform' as const,
    description: '`mqtt` is a plain broker, for `pub` and `sub` alone',
  })(),
  'token-stdin': Flags.boolean({
    env: '',
    description: 'read the token from stdin',
    exclusive: without('token-stdin'),
  }),
  'token-command': Flags.string({
    env: '',
    description:
      'a command of the shell whose first line of output is the token; run each time one is needed',
    exclusive: without('token-command'),
  }),
  token: Flags.string({
    env: '',
    description:
      'the token itself, which `ps` shows to everyone on this machine [default: $IOTCTL_TOKEN, else asked for]',
    exclusive: without('token'),
  }),
  username: Flags.string({
    env: '',
    char: 'u',
    description: 'the user name at a plain broker [default: none]',
  }),
  'password-stdin': Flags.boolean({
    env: '',
    description: 'read the password from stdin',
    dependsOn: ['username'],
  }),
  'mqtt-url': Flags.string({
    env: '',
    description: 'the broker of the platform, for `pub` and `sub` [default: none]',
  }),
  ca: Flags.string({
    env: '',
    description:
      'a PEM file of the CAs to trust instead of the system’s; a copy of it is kept [default: none]',
    exclusive: ['fingerprint'],
  }),
  fingerprint: Flags.string({
    env: '',
    description:
      'the SHA-256 of the only certificate to trust: the server’s, or one above it [default: none]',
  }),
  'read-only': Flags.boolean({env: '', description: 'refuse every command that would change something'}),
  protected: Flags.boolean({env: '', description: 'ask for the name of the context before what destroys'}),
  use: Flags.boolean({env: '', description: 'make it the current context'}),
  'no-verify': Flags.boolean({env: '', description: 'keep it without having tried it'}),
};

export interface WantedContext {
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly kind: 'platform' | 'mqtt';
  readonly 'mqtt-url'?: string | undefined;
}

/** `target` is the URL, or the name where there is `--url`. Throws `IOT_USAGE`. */
export function namedContext(
  target: string,
  flags: WantedContext,
): Pick<Context, 'name' | 'url' | 'mqttUrl' | 'kind'> {
  const byName = flags.url !== undefined;
  if (byName && flags.name !== undefined && flags.name !== target) {
    throw new IotctlError('IOT_USAGE', `two names for one context: ${target} and --name ${flags.name}`);
  }
  const url = urlOf(flags.url ?? target, flags.kind);
  const name = byName ? target : (flags.name ?? nameOf(url));
  if (flags.kind === 'mqtt') {
    if (flags['mqtt-url'] !== undefined)
      throw new IotctlError('IOT_USAGE', 'a plain broker has one URL, no --mqtt-url');
    return {name, url, kind: 'mqtt', mqttUrl: url};
  }
  const mqttUrl = flags['mqtt-url'];
  return {name, url, ...(mqttUrl === undefined ? {} : {mqttUrl: urlOf(mqttUrl, 'mqtt')})};
}

function urlOf(text: string, kind: 'platform' | 'mqtt'): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    const how = kind === 'mqtt' ? '--username and --password-stdin' : '--token-stdin';
    throw new IotctlError('IOT_USAGE', `a URL is shown and written down, so it holds no login; use ${how}`);
  }
  if (kind === 'mqtt') return checkedUrl(text);
  if (url !== undefined && /^https?:$/.test(url.protocol)) return text;
  throw new IotctlError(
    'IOT_USAGE',
    `not the URL of an API: ${JSON.stringify(text)}; write http://… or https://…, or pass --kind mqtt for a plain broker`,
  );
}

const nameOf = (url: string): string => new URL(url).hostname.replaceAll(/[^A-Za-z0-9.-]+/g, '');
