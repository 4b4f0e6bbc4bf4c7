/**
 * One of several processes of a run: does its share, and tells how it goes. It obeys its parent and nobody else, and never outlives
 * it.
 */

import {IotctlError} from '../../domain/errors.js';
import type {RunPhase} from '../../domain/live-view.js';
import type {AgentNews, AgentOrder} from './agent-messages.js';
import type {AgentRun} from './agent-run.js';
import {runOf} from './run-plan.js';

const SNAPSHOT_MS = 500;
/** While the last messages come, the parent has to learn soon that they all have. */
const LAST_SNAPSHOTS_MS = 100;

let run: AgentRun | undefined;
let phase: RunPhase = 'preparing';

// Ctrl-C reaches every process of the terminal: the parent decides what it means.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', (order: AgentOrder) => {
  obey(order).catch(fail);
});
tell({type: 'ready'});

async function obey(order: AgentOrder): Promise<void> {
  switch (order.type) {
    case 'prepare':
      run = await runOf(order.share, enter);
      run.done.then(snapshot => tell({type: 'done', snapshot}, () => process.disconnect()), fail);
      return tell({type: 'prepared'});
    case 'connect':
      tellOften();
      await run!.connect(order.atMs);
      tellSnapshot();
      return tell({type: 'settled'});
    case 'begin':
      return run!.begin(order.atMs);
    case 'stop':
      return run!.stop(order.how);
    case 'complete':
      return run!.complete();
  }
}

/** Rates are of the time that a phase takes: its end is told at once. */
function enter(entered: RunPhase): void {
  phase = entered;
  if (phase === 'draining') tellSnapshot();
}

function tellOften(): void {
  const delayMs = phase === 'draining' ? LAST_SNAPSHOTS_MS : SNAPSHOT_MS;
  setTimeout(() => {
    if (phase === 'ended') return;
    tellSnapshot();
    tellOften();
  }, delayMs);
}

const tellSnapshot = (): void => tell({type: 'snapshot', phase, snapshot: run!.snapshot()});

function fail(error: unknown): void {
  const {code, message} = error instanceof IotctlError ? error : {code: undefined, message: String(error)};
  tell({type: 'failed', code, message}, () => process.disconnect());
}

/** A parent that has gone is told nothing, and its end is this process's end. */
function tell(news: AgentNews, then: () => void = () => undefined): void {
  if (process.connected) process.send!(news, undefined, undefined, then);
}
