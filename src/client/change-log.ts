/**
 * What this user changed, one JSON object a line, in `$XDG_STATE_HOME/iotctl/changes.jsonl`, for its owner alone.
 *
 * A line is written when the outcome of a request is known, by one appending write, so that commands that run at the
 * same time never mix their lines. A command that ends while it waits for the answer writes it as it ends.
 */
import {appendFileSync, closeSync, mkdirSync, openSync, renameSync, rmSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {ChangeOutcome, EndChange} from './changes.js';
import {stateFolder} from './state-folder.js';

/** Who changes something, and how it was asked for. */
export interface ChangeOrigin {
  readonly context: string;
  readonly url: string;
  /** Whose token it is, where that is known. */
  readonly user: string | null;
  /** The words of the command line, without anything secret. */
  readonly command: readonly string[];
}

export interface ChangeLine extends ChangeOrigin, ChangeOutcome {
  /** RFC 3339, of the outcome. */
  readonly time: string;
  /** Of HTTP; `PUBLISH` is MQTT's. */
  readonly method: string;
  /** Or the topic. */
  readonly path: string;
}

const BYTES_MAX = 10 * 2 ** 20;
/** A process that holds the lock for longer than this has died. */
const LOCK_STALE_MS = 5000;
const UNKNOWN: ChangeOutcome = {outcome: 'unknown', status: null, code: null, traceId: null};

export const changeLogFile = (): string => join(stateFolder(), 'changes.jsonl');

/** Changes whose outcome nobody has told yet, when the process ends. */
const pending = new Set<(outcome: ChangeOutcome) => void>();
let listening = false;

function endPending(): void {
  for (const end of pending) end(UNKNOWN);
}

/** Records changes as they come; `onProblem` is told once when they cannot be written, which fails nothing else. */
export function changeRecorder(
  origin: ChangeOrigin,
  onProblem: (error: Error) => void,
): (method: string, path: string) => EndChange {
  let told = false;
  if (!listening) process.once('exit', endPending);
  listening = true;
  return (method, path) => {
    const end = (outcome: ChangeOutcome): void => {
      pending.delete(end);
      try {
        appendChange({time: new Date().toISOString(), ...origin, method, path, ...outcome});
      } catch (error) {
        if (!told) onProblem(error as Error);
        told = true;
      }
    };
    pending.add(end);
    return end;
  };
}

/** Throws what the file system throws. */
export function appendChange(line: ChangeLine, bytesMax = BYTES_MAX): void {
  const file = changeLogFile();
  mkdirSync(dirname(file), {recursive: true, mode: 0o700});
  rotate(file, bytesMax);
  appendFileSync(file, `${JSON.stringify(line)}\n`, {mode: 0o600, flag: 'a'});
}

/** Two that rotate at once would put the one full file out of the way twice, and lose it. */
function rotate(file: string, bytesMax: number): void {
  if (sizeOf(file) < bytesMax) return;
  const lock = `${file}.lock`;
  if (!taken(lock)) return;
  try {
    if (sizeOf(file) >= bytesMax) renameSync(file, `${file}.1`);
  } finally {
    rmSync(lock, {force: true});
  }
}

function taken(lock: string): boolean {
  const held = statSync(lock, {throwIfNoEntry: false});
  if (held !== undefined && Date.now() - held.mtimeMs > LOCK_STALE_MS) rmSync(lock, {force: true});
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch {
    // Another one is at it, and this line still fits.
    return false;
  }
}

const sizeOf = (file: string): number => statSync(file, {throwIfNoEntry: false})?.size ?? 0;
