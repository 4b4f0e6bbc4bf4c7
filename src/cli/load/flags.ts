/** The flags with which load tests say to whom, how many, how fast and what. */
import * as Flags from '@oclif/core/flags';
import {durationFlag} from '../time-flags.js';
import {jitterOf, rateOf, stageOf} from './load-input.js';

const BROKER = 'BROKER';
const CLIENTS = 'CLIENTS';
const LOAD = 'LOAD';

/** To whom, and how to log in. Not from the environment: what `device create -o env` puts there is one device, not a fleet. */
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

/** How many, from where, and how they connect. */
export const clientFlags = {
  'connect-rate': Flags.integer({
    min: 1,
    max: 1_000_000,
    default: 1000,
    description: 'connections opened per second',
    helpGroup: CLIENTS,
  }),
  agents: Flags.integer({
    min: 1,
    max: 64,
    default: 1,
    description: 'processes that share the clients and the rate',
    helpGroup: CLIENTS,
  }),
  source: Flags.string({
    description: 'addresses to connect from, such as 127.0.0.2-9 [default: the system chooses]',
    helpGroup: CLIENTS,
  }),
  start: Flags.integer({
    min: 0,
    max: 10_000_000,
    default: 1,
    description: 'the number {i} of the first client',
    helpGroup: CLIENTS,
  }),
  'keep-alive': Flags.integer({
    min: 0,
    max: 65_535,
    default: 60,
    description: 'seconds; 0 switches it off',
    helpGroup: CLIENTS,
  }),
  'clean-start': Flags.boolean({
    allowNo: true,
    default: true,
    description: 'begin with a new session',
    helpGroup: CLIENTS,
  }),
  'session-expiry': durationFlag({
    description: 'how long a session outlives its connection; MQTT 5 [default: it does not]',
    helpGroup: CLIENTS,
  }),
  'receive-maximum': Flags.integer({
    min: 1,
    max: 65_535,
    description: 'messages that a client takes without having acknowledged them; MQTT 5 [default: 65535]',
    helpGroup: CLIENTS,
  }),
  reconnect: Flags.boolean({
    allowNo: true,
    default: true,
    description: 'come back when the connection is lost',
    helpGroup: CLIENTS,
  }),
  'reconnect-max': durationFlag({
    default: 30_000,
    defaultHelp: async () => '30s',
    description: 'the longest pause before coming back; pauses double from 250ms, at random',
    helpGroup: CLIENTS,
  }),
  run: Flags.string({
    description:
      'the word {run} in topics and client ids, by which messages of a run are known [default: a random one]',
    helpGroup: CLIENTS,
  }),
};

export const keepFlag = Flags.boolean({
  description: 'on a platform: leave the devices that were made for the run',
  helpGroup: CLIENTS,
});

export const durationLoadFlag = durationFlag({
  default: 10_000,
  defaultHelp: async () => '10s',
  description: 'how long the load lasts, once all are connected; 0s: until Ctrl-C, or until --count',
  helpGroup: LOAD,
});

/** `30s:1000`, several times. */
export const stageFlag = (options: {
  readonly description: string;
  readonly exclusive?: string[];
  readonly helpGroup?: string;
}) =>
  Flags.custom<{durationMs: number; ratePerSec: number}>({
    parse: async text => stageOf(text),
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'DURATION:RATE',
    ...options,
  })();

/** How fast. */
export const rateFlags = {
  rate: Flags.custom<number | 'max'>({
    parse: async text => rateOf(text),
    description:
      'messages per second of all publishers together; max: as fast as they are taken [default: one per second of each]',
    exclusive: ['interval'],
    helpValue: 'NUMBER|max',
    helpGroup: LOAD,
  })(),
  interval: durationFlag({
    description: 'time between two messages of one publisher',
    exclusive: ['stage'],
    helpGroup: LOAD,
  }),
  jitter: Flags.custom<{percent: number} | {ms: number}>({
    parse: async text => jitterOf(text),
    description:
      'send each message up to so much later, at random: 20% of the interval, or 500ms [default: none]',
    helpValue: 'PERCENT|DURATION',
    helpGroup: LOAD,
  })(),
  stage: stageFlag({
    description:
      'go linearly to this rate within this time, such as 30s:1000; may be given several times, and begins at --rate or 0',
    helpGroup: LOAD,
  }),
  duration: durationLoadFlag,
  count: Flags.integer({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    description: 'messages in all [default: no limit]',
    helpGroup: LOAD,
  }),
  inflight: Flags.integer({
    min: 1,
    max: 65_535,
    default: 20,
    description:
      'messages that one publisher has sent without an acknowledgement, at most; the broker’s Receive Maximum holds too',
    helpGroup: LOAD,
  }),
  drain: durationFlag({
    default: 10_000,
    defaultHelp: async () => '10s',
    description: 'how long to wait for what is on its way, at the end',
    helpGroup: LOAD,
  }),
};

export const qosLoadFlag = Flags.option({
  options: ['0', '1', '2'] as const,
  default: '1' as const,
  description: 'quality of service: 0 at most once, 1 at least once, 2 exactly once',
  helpGroup: LOAD,
})();

/** What. */
export const messageFlags = {
  qos: qosLoadFlag,
  topic: Flags.string({
    char: 't',
    description:
      'the topics, with {i}, {client}, {device}, {username}, {run} and {seq} [default: bench/{run}/{i}; on a platform me/telemetry, or what devices say]',
    helpGroup: LOAD,
  }),
  payload: Flags.string({
    description:
      'a size such as 16 or 1KB, a text with variables such as {"n":{seq},"v":{random 1 9}}, or @FILE with one [default: 16; on a platform a small reading]',
    exclusive: ['model', 'file'],
    helpGroup: LOAD,
  }),
  file: Flags.string({
    description: 'send this file as it is',
    exclusive: ['model'],
    helpValue: 'FILE',
    helpGroup: LOAD,
  }),
  model: Flags.string({
    description: 'send what devices of this model say: a name of templates/models, or a file',
    helpValue: 'NAME|FILE',
    helpGroup: LOAD,
  }),
  seed: Flags.integer({
    default: 1,
    description: 'the same seed gives the same random numbers',
    helpGroup: LOAD,
  }),
  retain: Flags.boolean({
    char: 'r',
    description: 'let the broker keep the last message of each topic',
    helpGroup: LOAD,
  }),
  'user-property': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'NAME=VALUE with each message; MQTT 5',
    helpValue: 'NAME=VALUE',
    helpGroup: LOAD,
  }),
  'message-expiry': durationFlag({
    description: 'how long the broker may keep a message; MQTT 5 [default: for ever]',
    helpGroup: LOAD,
  }),
  'content-type': Flags.string({
    description: 'the content type of messages; MQTT 5 [default: none]',
    helpGroup: LOAD,
  }),
  'payload-format': Flags.option({
    options: ['bytes', 'utf8'] as const,
    description: 'utf8 says of each message that it is text; MQTT 5 [default: nothing is said]',
    helpGroup: LOAD,
  })(),
  'response-topic': Flags.string({
    description: 'the response topic of messages; MQTT 5 [default: none]',
    helpGroup: LOAD,
  }),
};

export const lateAfterFlag = durationFlag({
  default: 5000,
  defaultHelp: async () => '5s',
  description: 'a message that comes so long after it was due is late',
  helpGroup: LOAD,
});

export const devicesFlag = (description: string) =>
  Flags.integer({char: 'd', min: 1, max: 10_000_000, default: 10, description, helpGroup: CLIENTS});
