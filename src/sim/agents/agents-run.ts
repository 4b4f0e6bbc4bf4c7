/** A run that several processes share: they begin at one instant, and what they saw becomes one account. */

import type {RunPhase} from '../../domain/live-view.js';
import {nowMs} from '../measure/clock.js';
import {Measurements} from '../measure/measurements.js';
import {mergeSnapshots, type RunSnapshot} from '../measure/run-snapshot.js';
import {AgentProcess} from './agent-process.js';
import type {AgentRun, OnPhase, StopHow} from './agent-run.js';
import {hasArrived, hasEnough, type RunPlan, type Sums, shareOf} from './run-plan.js';

/** An order has reached every agent by then, so that none begins later than the others. */
const LEAD_MS = 100;

export class AgentsRun implements AgentRun {
  readonly done: Promise<RunSnapshot>;
  readonly #plan: RunPlan;
  readonly #agents: readonly AgentProcess[];
  readonly #onPhase: OnPhase;
  #phase: RunPhase = 'preparing';

  private constructor(plan: RunPlan, agents: number, onPhase: OnPhase) {
    this.#plan = plan;
    this.#onPhase = onPhase;
    this.#agents = Array.from(
      {length: agents},
      (_, agent) => new AgentProcess(agent, agents, () => this.#watch()),
    );
    this.done = Promise.all(this.#agents.map(({ended}) => ended)).then(() => {
      this.#enter('ended');
      return this.snapshot();
    });
  }

  /** Rejects with what is wrong with the plan; then no agent is left. */
  static async prepare(plan: RunPlan, agents: number, onPhase: OnPhase): Promise<AgentsRun> {
    const run = new AgentsRun(plan, agents, onPhase);
    try {
      await Promise.all(run.#agents.map((agent, index) => agent.prepare(shareOf(plan, index, agents))));
      return run;
    } catch (error) {
      for (const agent of run.#agents) agent.kill();
      await run.done;
      throw error;
    }
  }

  async connect(atMs = nowMs() + LEAD_MS): Promise<void> {
    this.#enterAt('connecting', atMs);
    await Promise.all(this.#agents.map(agent => agent.connect(atMs)));
  }

  begin(atMs = nowMs() + LEAD_MS): void {
    this.#enterAt('running', atMs);
    for (const agent of this.#agents) agent.order({type: 'begin', atMs});
  }

  stop(how: StopHow = 'finish'): void {
    for (const agent of this.#agents) agent.order({type: 'stop', how});
  }

  complete(): void {
    for (const agent of this.#agents) agent.order({type: 'complete'});
  }

  snapshot(): RunSnapshot {
    return this.#agents.map(toldBy).reduce(mergeSnapshots, NOTHING_YET);
  }

  /** What one process alone sees by itself takes all of them here. */
  #watch(): void {
    if (this.#phase === 'running') {
      if (this.#agents.every(({phase}) => phase === 'draining' || phase === 'ended')) this.#enter('draining');
      else if (hasEnough(this.#plan, this.#sums())) this.stop();
    }
    if (this.#phase === 'draining' && hasArrived(this.#plan, this.#sums())) this.complete();
  }

  #sums(): Sums {
    const sums = {sent: 0, inFlight: 0, received: 0, duplicated: 0};
    for (const {snapshot} of this.#agents) {
      if (snapshot === undefined) continue;
      sums.sent += snapshot.measurements.counters.sent;
      sums.inFlight += snapshot.measurements.gauges.inFlight.now;
      sums.received += snapshot.totals.received;
      sums.duplicated += snapshot.totals.duplicated;
    }
    return sums;
  }

  /** Rates are of the time that a phase takes, and it begins when the agents begin it. */
  #enterAt(phase: RunPhase, atMs: number): void {
    setTimeout(() => {
      if (this.#phase !== 'ended') this.#enter(phase);
    }, atMs - nowMs());
  }

  #enter(phase: RunPhase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#onPhase(phase);
  }
}

const NOTHING_YET: RunSnapshot = {
  measurements: new Measurements().snapshot(),
  totals: {received: 0, duplicated: 0, reordered: 0, late: 0, missing: 0},
  delivery: null,
  generator: {processes: 0, cores: 0, coresMax: 0, rssBytes: 0, grownBytes: 0, loopDelayP99Ms: 0, each: []},
};

/** Of one that ended before its time: what it last told, without connections, and that it ended. */
function toldBy({name, snapshot = NOTHING_YET, failure}: AgentProcess): RunSnapshot {
  if (failure === undefined) return snapshot;
  const measurements = new Measurements();
  measurements.fail('agent', `${name} ${failure}`);
  const {connectedNow, inFlight} = snapshot.measurements.gauges;
  const gauges = {connectedNow: {...connectedNow, now: 0}, inFlight: {...inFlight, now: 0}};
  return mergeSnapshots(
    {...snapshot, measurements: {...snapshot.measurements, gauges}},
    {...NOTHING_YET, measurements: measurements.snapshot()},
  );
}
