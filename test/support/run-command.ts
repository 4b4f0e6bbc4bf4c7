/** Runs a command's class in this process, from source, and gives back what a user would see. */
import type {Command} from '@oclif/core';
import {captureOutput} from '@oclif/test';
import {showError, wantsJson} from '../../src/cli/show-error.js';

const ROOT = new URL('../..', import.meta.url).pathname;

export interface CommandRun {
  readonly stdout: string;
  /** As the process would print it, the failure included. */
  readonly stderr: string;
  readonly exitCode: number;
  readonly error: (Error & {readonly code?: string}) | undefined;
  readonly result: unknown;
}

/** One at a time in a process, as it captures the process's stdout and stderr. */
export async function runCommand(command: typeof Command, ...argv: string[]): Promise<CommandRun> {
  const runnable = command as unknown as {run(argv: string[], root: string): Promise<unknown>};
  let exitCode = 0;
  let error: Error | undefined;
  const {stdout, stderr, result} = await captureOutput(async () => {
    try {
      return await runnable.run(argv, ROOT);
    } catch (failure) {
      error = failure as Error;
      exitCode = await showError(failure, wantsJson(argv));
      return undefined;
    }
  });
  return {stdout, stderr, result, error, exitCode};
}
