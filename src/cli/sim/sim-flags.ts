/** The flags that `sim run` and `sim replay` share. */
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../../domain/errors.js';
import {brokerFlags} from '../load/broker-flags.js';
import {stageFlag} from '../load/rate-flags.js';
import {durationFlag} from '../time-flags.js';

/** A number above 0. */
const positiveFlag = Flags.custom<number>({
  parse: async (text, _context, {name}) => {
    const value = Number(text);
    if (Number.isFinite(value) && value > 0) return value;
    throw new IotctlError('IOT_USAGE', `--${name} is not a number above 0: ${JSON.stringify(text)}`);
  },
  helpValue: '<number>',
});

/** `100x`, `100`. */
export const timesFlag = Flags.custom<number>({
  parse: async (text, _context, {name}) => {
    const value = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1]);
    if (value > 0) return value;
    throw new IotctlError(
      'IOT_USAGE',
      `--${name} is not so many times, such as 100x: ${JSON.stringify(text)}`,
    );
  },
  helpValue: '<times>',
});

/** Not from the environment: what `device create -o env` puts there is one device, not a fleet. */
const WHERE = {
  url: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description:
      'a plain broker: mqtt://, mqtts://, ws:// or wss://; of several, devices take one after the other [default: what the current context names]',
    helpGroup: 'BROKER',
  }),
  username: Flags.string({
    char: 'u',
    env: '',
    description: 'the user name on a plain broker; {device} is the device’s id [default: none]',
    helpGroup: 'BROKER',
  }),
  password: Flags.string({
    char: 'P',
    env: '',
    description:
      'the password on a plain broker; `ps` shows it, but not those of a context or of --identities [default: none]',
    helpGroup: 'BROKER',
  }),
  'protocol-version': Flags.option({
    options: ['4', '5'] as const,
    description: '4 for MQTT 3.1.1, 5 for MQTT 5 [default: 4]',
    helpGroup: 'BROKER',
  })(),
  ca: brokerFlags.ca,
  cert: brokerFlags.cert,
  key: brokerFlags.key,
};

export const SIM_WHERE_FLAGS = {
  ...WHERE,
  'topic-prefix': Flags.string({
    description:
      'what the topics of a device begin with on a plain broker; {device} is its id [default: t/default/d/{device}/]',
    helpGroup: 'BROKER',
  }),
};

export const SIM_DEVICE_FLAGS = {
  prefix: Flags.string({description: 'what their ids start with [default: sim- and a random part]'}),
  start: Flags.integer({
    min: 1,
    default: 1,
    description: 'the number of the first device, for several machines',
  }),
  identities: Flags.string({
    helpValue: '<file>',
    description:
      'CSV with a row for each device that is there: id, username, password, cert, key (paths of PEM files) [default: devices are created for the run]',
  }),
  enroll: Flags.string({
    helpValue: '<group>',
    description: 'devices register themselves through this enrolment group [default: they are created]',
    dependsOn: ['key-file'],
    exclusive: ['identities', 'url'],
  }),
  'key-file': Flags.string({
    helpValue: '<file>',
    description: 'the key of that group; - reads it from stdin',
    dependsOn: ['enroll'],
  }),
  keep: Flags.boolean({description: 'leave the devices in the registry afterwards'}),
  seed: Flags.integer({
    min: 0,
    max: 0xffff_ffff,
    description: 'the same seed gives the same messages [default: the scenario’s, else 1]',
  }),
  truth: Flags.string({
    helpValue: '<file>',
    description: 'write down each fault that is injected, one JSON object a line',
  }),
  inflight: Flags.integer({
    min: 1,
    max: 65_535,
    default: 20,
    description: 'messages that a device has in flight at most',
  }),
  'connect-rate': Flags.integer({
    min: 1,
    max: 100_000,
    default: 1000,
    description: 'connections opened per second',
  }),
  agents: Flags.integer({min: 1, max: 64, default: 1, description: 'processes that share the devices'}),
  source: Flags.string({
    description: 'addresses to connect from, such as 127.0.0.2-9 [default: the system chooses]',
  }),
};

export const SIM_LOAD_FLAGS = {
  devices: Flags.integer({
    min: 1,
    max: 1_000_000,
    description: 'how many devices in all [default: the scenario’s, else 10]',
  }),
  rate: positiveFlag({
    description: 'messages per second of all devices together, and of their components',
    exclusive: ['interval'],
  }),
  stage: stageFlag({
    description:
      'go linearly to this rate of all devices within this time, such as 30s:1000; may be given several times, begins at --rate or 0, and ends the run',
    // Stages are of real time, and say themselves how long they last.
    exclusive: ['interval', 'duration', 'accelerate', 'from', 'lifetime'],
  }),
  interval: durationFlag({description: 'between two messages of a device [default: the model’s]'}),
  jitter: Flags.integer({
    min: 0,
    max: 100,
    helpValue: '<percent>',
    description: 'the part of the interval by which a message is early or late',
  }),
  qos: Flags.option({
    options: ['0', '1', '2'] as const,
    description: 'quality of service of telemetry [default: the scenario’s, else 1]',
  })(),
};

export const SIM_TIME_FLAGS = {
  duration: durationFlag({
    description: 'how long it runs [default: the scenario’s, else 10s]',
    helpGroup: 'TIME',
  }),
  accelerate: timesFlag({
    description: 'how much faster the devices’ time passes, such as 100x',
    exclusive: ['from'],
    helpGroup: 'TIME',
  }),
  'start-time': Flags.string({
    helpValue: '<time>',
    description:
      'what the devices’ clocks show at first [default: now; with --accelerate, so that they end now]',
    exclusive: ['from'],
    helpGroup: 'TIME',
  }),
  lifetime: durationFlag({
    description: 'how long the devices live in their own time; ends when all of it is acknowledged',
    helpGroup: 'TIME',
  }),
  from: Flags.string({
    helpValue: '<time>',
    description: 'fill in history from then (7d, or RFC 3339) as fast as it is acknowledged, and go on',
    helpGroup: 'TIME',
  }),
  until: Flags.string({
    helpValue: '<time>',
    description: 'end there: now, or RFC 3339',
    dependsOn: ['from'],
    exclusive: ['lifetime', 'duration'],
    helpGroup: 'TIME',
  }),
};
