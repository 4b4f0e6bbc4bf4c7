/** A command that was started `detached` leads a group of its own, with whatever it starts. */
import type {ChildProcess} from 'node:child_process';

/** Ends it and what it started, also what it left behind; nothing happens where all of that has ended. */
export function killGroup({pid}: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
