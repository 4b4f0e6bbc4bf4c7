/** What a consumer is made with, as it is typed. */
import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import type {WantedConsumer} from '../../client/consumer-api.js';
import {
  CONSUMER_KINDS,
  type ConsumerFilter,
  type ConsumerSecret,
  DEFAULT_PACE,
  DELIVERY_MODES,
} from '../../domain/consumer.js';
import {IotctlError} from '../../domain/errors.js';
import {readInput} from '../lines-in.js';
import {durationFlag} from '../time-flags.js';

const WEBHOOK = 'WITH --to webhook';
const MQTT = 'WITH --to mqtt';
const FILE = 'WITH --to file';
const EXEC = 'WITH --to exec';
const WHICH = 'WHICH EVENTS';

const MIB = 2 ** 20;

export const CONSUMER_FLAGS = {
  to: Flags.option({
    options: CONSUMER_KINDS,
    required: true,
    description: 'what its events go to',
  })(),
  from: Flags.string({
    default: 'now',
    helpValue: '<beginning|now|offset|time>',
    description:
      'where it begins: with everything that is kept, with what comes, at an offset, or at a time such as 2h',
  }),
  attempts: Flags.integer({
    min: 1,
    max: 100,
    default: DEFAULT_PACE.attempts,
    description: 'how often an event may be refused before it becomes a dead letter',
  }),
  timeout: durationFlag({
    default: DEFAULT_PACE.timeoutMs,
    defaultHelp: async () => '10s',
    description: 'how long one delivery may take',
  }),
  jobs: Flags.integer({
    min: 1,
    max: 64,
    default: DEFAULT_PACE.atOnce,
    description: 'how many deliveries at one time, each of other devices',
  }),
  type: Flags.string({
    description:
      'only events of this type, such as telemetry or command.*, or several with commas [default: all]',
    helpGroup: WHICH,
  }),
  device: Flags.string({description: 'only events of this device [default: all]', helpGroup: WHICH}),
  selector: Flags.string({
    helpValue: '<key=value,…>',
    description: 'only events of devices with these labels [default: all]',
    helpGroup: WHICH,
  }),
  model: Flags.string({description: 'only events of devices of this model [default: all]', helpGroup: WHICH}),
  where: Flags.string({
    helpValue: '<expression>',
    description: "only events for which this holds, such as 'temperature > 30' [default: all]",
    helpGroup: WHICH,
  }),
  exclude: Flags.string({
    helpValue: '<expression>',
    description: 'no events for which this holds [default: none]',
    helpGroup: WHICH,
  }),
  url: Flags.string({helpValue: '<url>', description: 'the address that events go to'}),
  mode: Flags.option({
    options: DELIVERY_MODES,
    default: 'structured' as const,
    description:
      'how events travel: as a JSON document each, up to 100 in one request, or as headers and data',
    helpGroup: WEBHOOK,
  })(),
  'signing-secret-file': Flags.string({
    helpValue: '<file>',
    description:
      'sign requests with the whsec_ secret in it (Standard Webhooks) [default: one that the platform makes]',
    helpGroup: WEBHOOK,
  }),
  'authorization-file': Flags.string({
    helpValue: '<file>',
    description: 'what requests have in the header Authorization, such as "Bearer …" [default: none]',
    helpGroup: WEBHOOK,
  }),
  'allow-private': Flags.boolean({
    description: 'the address may be this machine or in a private network; needs `platform:reach`',
  }),
  topic: Flags.string({
    helpValue: '<topic>',
    description: 'the topic to publish to; {{tenant}}, {{device}}, {{type}} and {{component}} are filled in',
    helpGroup: MQTT,
  }),
  username: Flags.string({description: 'who it is at the broker [default: nobody]', helpGroup: MQTT}),
  'password-file': Flags.string({
    helpValue: '<file>',
    description: 'the password is in it [default: $IOTCTL_CONSUMER_PASSWORD, or none]',
    helpGroup: MQTT,
  }),
  ca: Flags.string({
    helpValue: '<file>',
    description:
      'authorities in PEM that an mqtts:// broker’s certificate is of [default: those of the system]',
    helpGroup: MQTT,
  }),
  command: Flags.string({
    helpValue: '<command>',
    description:
      'started by the platform with up to 100 events on stdin; it ends with 0 when it has them, with 75 when it takes none just now',
    helpGroup: EXEC,
  }),
  'rotate-mb': Flags.integer({
    min: 1,
    max: 1024,
    default: 64,
    description: 'a file is whole when it is so large, in MiB',
    helpGroup: FILE,
  }),
  'rotate-every': durationFlag({
    default: 3_600_000,
    defaultHelp: async () => '1h',
    description: 'or so old',
    helpGroup: FILE,
  }),
};

export type ConsumerFlags = Interfaces.InferredFlags<typeof CONSUMER_FLAGS>;

/** Throws `IOT_USAGE` for what does not belong to its kind, or is missing, and `IOT_INPUT_INVALID`. */
export async function wantedConsumer(name: string, flags: ConsumerFlags): Promise<WantedConsumer> {
  const {from, attempts, timeout: timeoutMs, jobs: atOnce} = flags;
  const {type, device, selector, model, where, exclude} = flags;
  return {
    name,
    target: targetOf(flags),
    secret: await secretOf(flags),
    filter: given<ConsumerFilter>({type, device, selector, model, where, exclude}),
    from,
    attempts,
    timeoutMs,
    atOnce,
  };
}

function targetOf(flags: ConsumerFlags): WantedConsumer['target'] {
  const {to: kind, mode, 'allow-private': allowPrivate} = flags;
  switch (kind) {
    case 'webhook':
      return {kind, url: needed(flags, 'url'), mode, allowPrivate};
    case 'file':
      return {kind, rotateBytes: flags['rotate-mb'] * MIB, rotateMs: flags['rotate-every']};
    case 'mqtt':
      return {
        kind,
        url: needed(flags, 'url'),
        topic: needed(flags, 'topic'),
        username: flags.username ?? null,
        allowPrivate,
      };
    case 'exec':
      return {kind, command: needed(flags, 'command')};
  }
}

async function secretOf(flags: ConsumerFlags): Promise<ConsumerSecret> {
  return given<ConsumerSecret>({
    signingSecret: await textIn(flags['signing-secret-file']),
    authorization: await textIn(flags['authorization-file']),
    password: (await textIn(flags['password-file'])) ?? passwordFor(flags),
    caPem: await textIn(flags.ca),
  });
}

/** A login without a name is none. */
const passwordFor = ({username}: ConsumerFlags): string | undefined =>
  username === undefined ? undefined : process.env.IOTCTL_CONSUMER_PASSWORD;

function needed(flags: ConsumerFlags, name: 'url' | 'topic' | 'command'): string {
  const value = flags[name];
  if (value === undefined) throw new IotctlError('IOT_USAGE', `--to ${flags.to} needs --${name}`);
  return value;
}

/** Secrets come from files, as command lines are seen by others. */
const textIn = async (file: string | undefined): Promise<string | undefined> =>
  file === undefined ? undefined : (await readInput(file)).toString('utf8').trim();

const given = <Shape extends object>(shape: Shape): Shape =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape;
