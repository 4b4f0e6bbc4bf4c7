import type {CrashWork} from './crash-works/crash-work.js';

export interface LivesCrashResult {
  readonly rounds: number;
  readonly restartMsMax: number;
  /** By kind of work: how much was done. */
  readonly done: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

export function runLivesCrashRounds(options: {
  rounds: number;
  works: readonly CrashWork[];
  onRound: (line: string) => void;
}): Promise<LivesCrashResult>;
