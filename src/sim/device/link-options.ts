/** With what a device connects, and where it listens. */
import type {MqttClientOptions, Will} from '../wire/mqtt-client-options.js';
import type {DeviceParts} from './device-parts.js';

const OFFLINE = Buffer.from('{"online":false}');

/** What the platform, or whatever back end it is, tells a device. */
const FILTERS = ['cmd/+/+', 'twin/desired', 'error'];

/** What a device's topics begin with. */
export const prefixOf = ({shared, login}: Pick<DeviceParts, 'shared' | 'login'>): string =>
  shared.topicPrefix.replaceAll('{device}', login.id);

/** What follows that: brokers that know an alias may answer with the whole topic. */
export function suffixOf(topic: string, prefix: string, device: string): string | undefined {
  if (topic.startsWith(prefix)) return topic.slice(prefix.length);
  const whole = `/d/${device}/`;
  const at = topic.indexOf(whole);
  return at < 0 ? undefined : topic.slice(at + whole.length);
}

/** Asked for at each connection: most devices have one, and nothing else needs them. */
export const filtersOf = (prefix: string): string[] => FILTERS.map(filter => prefix + filter);

export function linkOptions(parts: DeviceParts): MqttClientOptions {
  const {login, endpoint, localAddress, shared, model} = parts;
  const prefix = prefixOf(parts);
  const sleeps = model.behaviour.sleep !== undefined;
  return {
    endpoint,
    localAddress,
    protocolVersion: shared.protocolVersion,
    clientId: login.clientId ?? login.id,
    username: login.username,
    password: login.password,
    // A plain broker keeps what it has for a device that sleeps; a platform does so by itself.
    cleanStart: shared.platform || !sleeps,
    keepAliveSec: shared.keepAliveSec,
    will: willOf(`${prefix}status`, !shared.platform),
  };
}

const wills = new Map<string, Will>();

/** One object for all devices that have the same: there are many of them. */
function willOf(topic: string, retain: boolean): Will {
  if (retain) return {topic, payload: OFFLINE, qos: 1, retain};
  const will = wills.get(topic) ?? {topic, payload: OFFLINE, qos: 1, retain};
  wills.set(topic, will);
  return will;
}
