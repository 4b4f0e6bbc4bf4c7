/** What a process does of a run: one that runs alone, one of several, and all of them together look the same. */
import type {RunPhase} from '../../domain/live-view.js';
import type {RunSnapshot} from '../measure/run-snapshot.js';

export interface AgentRun {
  /** Resolves when everything that should connect has, or has failed to; `atMs` of the run's clock is when the first is due. */
  connect(atMs?: number): Promise<void>;
  /** The load begins at `atMs`. */
  begin(atMs?: number): void;
  /** Sends no more; what is on its way is still waited for. With `interrupt`, only a moment. */
  stop(how?: StopHow): void;
  /** Everything has arrived: what only who knows all processes can say. */
  complete(): void;
  /** Everything so far. */
  snapshot(): RunSnapshot;
  /** Resolves when everything is sent, received and closed, with the whole account. */
  readonly done: Promise<RunSnapshot>;
}

export type StopHow = 'finish' | 'interrupt';
export type OnPhase = (phase: RunPhase) => void;
