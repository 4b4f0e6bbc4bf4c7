import type {AgentRun, OnPhase} from './agent-run.js';
import {AgentsRun} from './agents-run.js';
import {type RunPlan, runOf} from './run-plan.js';

/** Where one process is enough, it is this one. Rejects with what is wrong with the plan; nothing is connected yet. */
export async function prepareRun(plan: RunPlan, agents: number, onPhase: OnPhase): Promise<AgentRun> {
  return agents === 1 ? runOf(plan, onPhase) : AgentsRun.prepare(plan, agents, onPhase);
}
