/** The two kinds of plans, and what becomes of each: both are plain JSON, which goes to other processes as it is. */
import {type SimPlan, sliceOfSim} from '../device/sim-plan.js';
import {SimRun} from '../device/sim-run.js';
import {LoadRun} from '../load/load-run.js';
import {expectedOf, type LoadPlan, sliceOf} from '../load/plan.js';
import type {AgentRun, OnPhase} from './agent-run.js';

export type RunPlan =
  | {readonly kind: 'load'; readonly plan: LoadPlan}
  | {readonly kind: 'sim'; readonly plan: SimPlan};

/** The share of one of several processes. The shares are disjoint, and their sum is the whole. */
export function shareOf(whole: RunPlan, agent: number, agents: number): RunPlan {
  if (whole.kind === 'load') return {kind: 'load', plan: sliceOf(whole.plan, agent, agents)};
  return {kind: 'sim', plan: sliceOfSim(whole.plan, agent, agents)};
}

/** Throws what is wrong with a plan; nothing is connected yet. */
export async function runOf(share: RunPlan, onPhase: OnPhase): Promise<AgentRun> {
  return share.kind === 'load' ? LoadRun.prepare(share.plan, onPhase) : new SimRun(share.plan, onPhase);
}

/** What matters of all processes together, while a run goes on. */
export interface Sums {
  readonly sent: number;
  readonly inFlight: number;
  readonly received: number;
  readonly duplicated: number;
}

/** Has everything arrived that the processes together sent? Those of a simulation know by themselves. */
export function hasArrived(whole: RunPlan, {sent, inFlight, received, duplicated}: Sums): boolean {
  if (whole.kind === 'sim' || inFlight > 0) return false;
  if (whole.plan.command !== undefined) return true;
  if (whole.plan.subscribe === null) return false;
  return received - duplicated >= expectedOf(whole.plan, sent);
}

/** Have the subscribers of all processes together received as many as were asked for? */
export const hasEnough = (whole: RunPlan, {received}: Sums): boolean =>
  whole.kind === 'load' && received >= (whole.plan.subscribe?.count ?? Infinity);
