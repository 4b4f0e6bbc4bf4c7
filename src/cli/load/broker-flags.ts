/** The flags with which load tests say to whom, and how to log in. */
import * as Flags from '@oclif/core/flags';

const BROKER = 'BROKER';

/** Not from the environment: what `device create -o env` puts there is one device, not a fleet. */
export const brokerFlags = {
  url: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description:
      'the broker: mqtt://, mqtts://, ws:// or wss://; of several, clients take one after the other [default: that of the current context]',
    helpGroup: BROKER,
  }),
  username: Flags.string({
    char: 'u',
    env: '',
    description: 'the user name; {i}, {client} and {run} stand for the client [default: none]',
    helpGroup: BROKER,
  }),
  password: Flags.string({
    char: 'P',
    env: '',
    description:
      'the password, with the same variables; `ps` shows it, but not those of a context or of --identities [default: none]',
    helpGroup: BROKER,
  }),
  'client-id': Flags.string({
    char: 'i',
    default: '{run}-{role}{i}',
    description: 'the client ids, with {i}, {role} and {run}',
    helpGroup: BROKER,
  }),
  identities: Flags.string({
    description:
      'CSV with a row for each client: id, username, password, cert, key (paths of PEM files) [default: none]',
    helpValue: 'FILE',
    helpGroup: BROKER,
  }),
  ca: Flags.string({
    description: 'PEM of the CA to trust [default: that of the context, or the system]',
    helpValue: 'FILE',
    helpGroup: BROKER,
  }),
  cert: Flags.string({
    description: 'PEM of the certificate that clients show [default: none]',
    helpValue: 'FILE',
    dependsOn: ['key'],
    helpGroup: BROKER,
  }),
  key: Flags.string({
    description: 'PEM of its private key',
    helpValue: 'FILE',
    dependsOn: ['cert'],
    helpGroup: BROKER,
  }),
  'protocol-version': Flags.option({
    options: ['4', '5'] as const,
    default: '5' as const,
    description: '4 for MQTT 3.1.1, 5 for MQTT 5',
    helpGroup: BROKER,
  })(),
};
