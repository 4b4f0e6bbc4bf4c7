/** What a run's own process and its agents say to each other. */

import type {ErrorCode} from '../../domain/errors.js';
import type {RunPhase} from '../../domain/live-view.js';
import type {RunSnapshot} from '../measure/run-snapshot.js';
import type {StopHow} from './agent-run.js';
import type {RunPlan} from './run-plan.js';

/** Times are of the run's clock, which all processes of a machine share. */
export type AgentOrder =
  | {readonly type: 'prepare'; readonly share: RunPlan}
  | {readonly type: 'connect'; readonly atMs: number}
  | {readonly type: 'begin'; readonly atMs: number}
  | {readonly type: 'stop'; readonly how: StopHow}
  | {readonly type: 'complete'};

export type AgentNews =
  | {readonly type: 'ready'}
  | {readonly type: 'prepared'}
  | {readonly type: 'settled'}
  | {readonly type: 'snapshot'; readonly phase: RunPhase; readonly snapshot: RunSnapshot}
  | {readonly type: 'done'; readonly snapshot: RunSnapshot}
  /** Without a code it is a bug. */
  | {readonly type: 'failed'; readonly code: ErrorCode | undefined; readonly message: string};
