/** The flags with which load tests say how many clients there are, from where, and how they connect. */
import * as Flags from '@oclif/core/flags';
import {durationFlag} from '../time-flags.js';

const CLIENTS = 'CLIENTS';

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

export const devicesFlag = (description: string) =>
  Flags.integer({char: 'd', min: 1, max: 10_000_000, default: 10, description, helpGroup: CLIENTS});
