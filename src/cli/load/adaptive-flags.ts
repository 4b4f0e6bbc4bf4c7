/** `--adaptive`: a run that seeks the highest rate at which its thresholds hold. */
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../../domain/errors.js';
import type {LoadPlan} from '../../sim/load/plan.js';
import {durationFlag} from '../time-flags.js';

const GROUP = 'LOAD';
const PRECISION = 0.05;
/** Some twenty steps. */
const SEARCH_MS_MAX = 120_000;
const STEP_MS = 2000;
const STEP_MS_MIN = 100;

export const adaptiveFlags = {
  adaptive: Flags.boolean({
    description:
      'find the highest rate at which every --threshold holds: begins at --rate, doubles, and halves the rest until 5% are left; --duration is then the longest it may take [default: 2m]',
    dependsOn: ['threshold'],
    exclusive: ['stage', 'jitter', 'count', 'abort-on-fail', 'baseline'],
    helpGroup: GROUP,
  }),
  'step-duration': durationFlag({
    description: 'with --adaptive, how long each rate is measured [default: 2s]',
    dependsOn: ['adaptive'],
    helpGroup: GROUP,
  }),
};

export interface AdaptiveFlagValues {
  readonly adaptive?: boolean;
  readonly 'step-duration'?: number | undefined;
}

/** The plan as it was, or with a search. Throws `IOT_USAGE` where there is no rate to begin with, or more than one process. */
export function adapted(
  plan: LoadPlan,
  flags: AdaptiveFlagValues,
  metadata: {readonly flags: Readonly<Record<string, {readonly setFromDefault?: boolean} | undefined>>},
): LoadPlan {
  if (flags.adaptive !== true) return plan;
  const publish = plan.publish!;
  if (publish.rate === null)
    throw new IotctlError('IOT_USAGE', '--adaptive begins at a rate: expected --rate 100, found --rate max');
  // What is on its way has to be known within milliseconds: agents tell it twice a second.
  if (plan.slice.agents > 1)
    throw new IotctlError('IOT_USAGE', '--adaptive is for one process: leave --agents out');
  const stepMs = flags['step-duration'] ?? STEP_MS;
  if (stepMs < STEP_MS_MIN)
    throw new IotctlError('IOT_USAGE', `--step-duration: expected ${STEP_MS_MIN}ms or more`);
  const {startPerSec} = publish.rate;
  return {
    ...plan,
    durationMs: metadata.flags.duration?.setFromDefault === true ? SEARCH_MS_MAX : plan.durationMs,
    publish: {...publish, rate: {startPerSec, stages: [{durationMs: null, ratePerSec: startPerSec}]}},
    search: {stepMs, precision: PRECISION},
  };
}
