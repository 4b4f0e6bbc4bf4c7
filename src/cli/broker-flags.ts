/** The flags with which `pub` and `sub` find a broker and log in to it. */
import * as Flags from '@oclif/core/flags';
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

/** `contextUrl` is the broker of the current context, if there is one. */
export const brokerAddress = (flags: BrokerFlagValues, contextUrl: string | undefined): BrokerAddress => ({
  url: flags.url ?? contextUrl ?? DEFAULT_URL,
  username: flags.username,
  password: flags.password,
  clientId: flags['client-id'],
  protocolVersion:
    flags['protocol-version'] === undefined ? undefined : (Number(flags['protocol-version']) as 4 | 5),
});
