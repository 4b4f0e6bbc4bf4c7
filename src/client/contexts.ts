/**
 * Contexts: which platforms there are to speak to, in `$XDG_CONFIG_HOME/iotctl/config.yaml`, readable by its owner only.
 */
import {IotctlError} from '../domain/errors.js';
import {type ConfigFile, changeConfig, readConfig} from './config-file.js';

export interface Context {
  readonly name: string;
  /** `mqtt` is a plain broker: it has no API. Without it, a platform. */
  readonly kind?: 'platform' | 'mqtt' | undefined;
  readonly url: string;
  /** Either the token itself, */
  readonly token?: string | undefined;
  /** or a command of the shell that prints it. */
  readonly tokenCommand?: string | undefined;
  /** Whose token it is, as the platform said when the context was added. */
  readonly user?: string | undefined;
  readonly tenant?: string | undefined;
  readonly mqttUrl?: string | undefined;
  readonly wsUrl?: string | undefined;
  /** How to log in to a plain broker. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM of the CAs to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** SHA-256 of the certificate to trust, `AB:CD:…`. */
  readonly fingerprint?: string | undefined;
  /** Refuse what would change something. */
  readonly readOnly?: boolean | undefined;
  /** Have the name of the context typed before what destroys. */
  readonly protected?: boolean | undefined;
}

/** A name that can be typed without quoting, and that is not one that every object has. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export async function loadContexts(): Promise<{current: string | undefined; contexts: Context[]}> {
  const {current, contexts} = await readConfig();
  return {current, contexts: Object.entries(contexts).map(named)};
}

/**
 * Adds or replaces; it becomes the current one when asked to, or when there is none. With `keepLimits`, a context that
 * was read-only or protected before stays so.
 */
export async function saveContext(
  {name, ...context}: Context,
  {makeCurrent = false, keepLimits = false}: {makeCurrent?: boolean; keepLimits?: boolean} = {},
): Promise<void> {
  if (!NAME.test(name))
    throw new IotctlError('IOT_USAGE', `not a name for a context: ${JSON.stringify(name.slice(0, 80))}`);
  await changeConfig(config => {
    config.contexts[name] = keepLimits ? {...context, ...limitsOf(config, name)} : context;
    if (makeCurrent || config.current === undefined) config.current = name;
  });
}

/** Throws `IOT_CONTEXT_UNKNOWN` naming the ones there are. */
export async function useContext(name: string): Promise<void> {
  await changeConfig(config => {
    known(config, name);
    config.current = name;
  });
}

export async function removeContext(name: string): Promise<void> {
  await changeConfig(config => {
    known(config, name);
    delete config.contexts[name];
    if (config.current === name) config.current = undefined;
  });
}

/**
 * Flag, then IOTCTL_URL with IOTCTL_TOKEN and perhaps IOTCTL_MQTT_URL, then IOTCTL_CONTEXT, then the current one. Throws `IOT_CONTEXT_MISSING`
 * where nothing says which, and `IOT_CONTEXT_UNKNOWN` for one that is not there.
 */
export async function resolveContext(name?: string): Promise<Context> {
  const {
    IOTCTL_URL: url,
    IOTCTL_TOKEN: token,
    IOTCTL_CONTEXT: chosen,
    IOTCTL_MQTT_URL: mqttUrl,
  } = process.env;
  // Going on to another platform than the one that was named would be worse than not going on.
  if (name === undefined && Boolean(url) !== Boolean(token)) {
    const [there, missing] = url ? ['IOTCTL_URL', 'IOTCTL_TOKEN'] : ['IOTCTL_TOKEN', 'IOTCTL_URL'];
    throw new IotctlError('IOT_CONTEXT_MISSING', `${there} is set and ${missing} is not`);
  }
  if (name === undefined && url && token)
    return {name: 'environment', url, token, ...(mqttUrl ? {mqttUrl} : {})};
  const config = await readConfig();
  const wanted = name ?? (chosen || config.current);
  if (wanted === undefined) throw new IotctlError('IOT_CONTEXT_MISSING', 'there is no current context');
  return named([wanted, known(config, wanted)]);
}

export const withoutMqtt = ({name}: Context): IotctlError =>
  new IotctlError(
    'IOT_CONTEXT_MISSING',
    `context ${name} names no MQTT address; set IOTCTL_MQTT_URL with IOTCTL_URL, or add it again with --mqtt-url`,
  );

/** The URL of a plain broker is that of its broker. */
const named = ([name, context]: [string, Omit<Context, 'name'>]): Context => ({
  name,
  ...(context.kind === 'mqtt' ? {mqttUrl: context.url} : {}),
  ...context,
});

function limitsOf({contexts}: ConfigFile, name: string): Pick<Context, 'readOnly' | 'protected'> {
  const {readOnly, protected: isProtected} =
    (Object.hasOwn(contexts, name) ? contexts[name] : undefined) ?? {};
  return {...(readOnly ? {readOnly} : {}), ...(isProtected ? {protected: isProtected} : {})};
}

function known(config: ConfigFile, name: string): Omit<Context, 'name'> {
  const context = Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  if (context) return context;
  const names = Object.keys(config.contexts).join(', ') || 'none';
  throw new IotctlError('IOT_CONTEXT_UNKNOWN', `no context ${JSON.stringify(name)}; there are: ${names}`);
}
