import type Database from 'libsql';
import type {ApiClient} from '../../../build/client/api-client.js';

/** Where the work of a round is done. */
export interface CrashRound {
  readonly round: number;
  /** For its files. */
  readonly folder: string;
  readonly platform: {
    readonly api: ApiClient;
    readonly apiUrl: string;
    readonly token: string;
    readonly environment: NodeJS.ProcessEnv;
  };
}

/** Something that is being done when a process is killed. */
export interface CrashWork {
  readonly name: string;
  /** Once, before the first round. */
  prepare?(round: CrashRound): Promise<void>;
  /** Starts it. `ended` never rejects: what fails because of the kill is no problem yet. */
  begin(round: CrashRound): {
    readonly ended: Promise<unknown>;
    readonly child?: import('node:child_process').ChildProcess;
  };
  /** What a user does afterwards; throws when it cannot be completed. */
  finish(round: CrashRound): Promise<void>;
  /** What is wrong with what is there now, as the registry's file says. */
  check(round: CrashRound, database: Database.Database): Promise<string[]>;
  /** How much of it was done in all rounds. */
  count(): number;
}
