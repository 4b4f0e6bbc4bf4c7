/** The flags with which load tests say how fast, and for how long. */
import * as Flags from '@oclif/core/flags';
import {durationFlag} from '../time-flags.js';
import {jitterOf, rateOf, stageOf} from './load-input.js';

const LOAD = 'LOAD';

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
