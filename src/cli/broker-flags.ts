/** The flags with which `pub` and `sub` find a broker and log in to it. */
import * as Flags from '@oclif/core/flags';
import type {Context} from '../client/contexts.js';
import type {BrokerAddress, QoS} from '../client/mqtt-connect.js';

const DEFAULT_URL = 'mqtt://127.0.0.1:1883';
const GROUP = 'BROKER';

export const BROKER_FLAGS = {
  url: Flags.string({
    description: `the broker: mqtt://, mqtts://, ws:// or wss:// [default: that of the current context, else ${DEFAULT_URL}]`,
    env: 'IOTCTL_MQTT_URL',
    helpGroup: GROUP,
  }),
  username: Flags.string({
    char: 'u',
    description: 'the user name [default: none]',
    env: 'IOTCTL_USERNAME',
    helpGroup: GROUP,
  }),
  password: Flags.string({
    char: 'P',
    description: 'the password; better given as $IOTCTL_SECRET, where `ps` does not show it [default: none]',
    env: 'IOTCTL_SECRET',
    helpGroup: GROUP,
  }),
  'client-id': Flags.string({
    char: 'i',
    description: 'the client id [default: a random one]',
    helpGroup: GROUP,
  }),
  'protocol-version': Flags.option({
    options: ['4', '5'] as const,
    description: '4 for MQTT 3.1.1, 5 for MQTT 5 [default: 5, and 4 where the broker refuses that]',
    helpGroup: GROUP,
  })(),
};

/** `--qos`; the short `-q` means `--quiet` in every command. */
export const qosFlag = Flags.option({
  options: ['0', '1', '2'] as const,
  default: '0' as const,
  description: 'quality of service: 0 at most once, 1 at least once, 2 exactly once',
})();

export const toQos = (text: '0' | '1' | '2'): QoS => Number(text) as QoS;

interface BrokerFlagValues {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly 'client-id'?: string | undefined;
  readonly 'protocol-version'?: '4' | '5' | undefined;
}

/** With what the context says about its broker, unless the flags name another one. */
export function brokerAddress(flags: BrokerFlagValues, context: Context | undefined): BrokerAddress {
  const known = flags.url === undefined ? context : undefined;
  const sameUser = flags.username === undefined || flags.username === known?.username;
  return {
    url: flags.url ?? known?.mqttUrl ?? DEFAULT_URL,
    username: flags.username ?? known?.username,
    // One that belongs to another user name is nobody's business.
    password: flags.password ?? (sameUser ? known?.password : undefined),
    clientId: flags['client-id'],
    protocolVersion:
      flags['protocol-version'] === undefined ? undefined : (Number(flags['protocol-version']) as 4 | 5),
    trust: known === undefined ? undefined : {ca: known.ca, fingerprint: known.fingerprint},
  };
}
