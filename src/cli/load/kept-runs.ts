/**
 * Reports of runs, a file each in `$XDG_STATE_HOME/iotctl/runs`, for their owner alone. The newest hundred are kept;
 * a file's name is the run's id, and ids sort by time.
 */
import {mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {stateFolder} from '../../client/state-folder.js';
import {IotctlError} from '../../domain/errors.js';
import type {RunReport} from '../../sim/measure/run-report.js';
import {stringify} from '../output.js';

const RUNS_MAX = 100;
const ENDING = '.json';

const runsFolder = (): string => join(stateFolder(), 'runs');
const fileOf = (id: string): string => join(runsFolder(), `${id}${ENDING}`);

/** Keeps a run, and forgets the oldest beyond `RUNS_MAX`. */
export async function keepRun(report: RunReport): Promise<void> {
  const part = join(runsFolder(), `.${report.id}.part`);
  try {
    await mkdir(runsFolder(), {recursive: true, mode: 0o700});
    await writeFile(part, stringify(report), {mode: 0o600});
    await rename(part, fileOf(report.id));
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `the run cannot be kept: ${(error as Error).message}`, {
      cause: error,
    });
  }
  for (const id of (await keptIds()).slice(RUNS_MAX)) await rm(fileOf(id), {force: true});
}

/** The newest first. */
export async function keptIds(): Promise<string[]> {
  const names = await readdir(runsFolder()).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new IotctlError('IOT_INPUT_INVALID', error.message, {cause: error});
  });
  return names
    .filter(name => name.endsWith(ENDING) && !name.startsWith('.'))
    .map(name => name.slice(0, -ENDING.length))
    .sort()
    .reverse();
}

/** Undefined when another command has just deleted it. Throws `IOT_INPUT_INVALID` when it is no report. */
export async function keptRun(id: string): Promise<RunReport | undefined> {
  const text = await readFile(fileOf(id), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parsed(text, fileOf(id));
}

export const deleteKeptRun = async (id: string): Promise<void> => rm(fileOf(id), {force: true});

/**
 * The run that somebody means: a file, an id or its beginning, the name that it was given, or `last`. Throws
 * `IOT_RUN_UNKNOWN` when there is none, and `IOT_USAGE` when the beginning is that of several.
 */
export async function findRun(wanted: string): Promise<RunReport> {
  if (/[/\\]|\.json$/.test(wanted)) return runOfFile(wanted);
  const run = await keptRun(await findKeptId(wanted));
  if (run === undefined) throw unknown(wanted);
  return run;
}

/** The id of a kept run. Throws as `findRun` does. */
export async function findKeptId(wanted: string): Promise<string> {
  const ids = await keptIds();
  if (wanted === 'last' && ids[0] !== undefined) return ids[0];
  if (ids.includes(wanted)) return wanted;
  const begun = ids.filter(id => id.startsWith(wanted));
  if (begun.length > 1)
    throw new IotctlError(
      'IOT_USAGE',
      `${wanted} is the beginning of ${begun.length} runs: ${begun.slice(0, 3).join(', ')}, …`,
    );
  const id = begun[0] ?? (await namedId(ids, wanted));
  if (id === undefined) throw unknown(wanted);
  return id;
}

/** The newest of that name. */
async function namedId(ids: readonly string[], name: string): Promise<string | undefined> {
  for (const id of ids) {
    const run = await keptRun(id).catch(() => undefined);
    if (run?.name === name) return id;
  }
  return undefined;
}

const unknown = (wanted: string): IotctlError =>
  new IotctlError('IOT_RUN_UNKNOWN', `no run ${JSON.stringify(wanted)} is kept`);

/** Throws `IOT_INPUT_INVALID` for a file that cannot be read or is no report. */
async function runOfFile(path: string): Promise<RunReport> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new IotctlError('IOT_INPUT_INVALID', `cannot read ${path}: ${error.message}`, {cause: error});
  });
  return parsed(text, path);
}

const parsed = async (text: string, source: string): Promise<RunReport> =>
  (await import('../../sim/measure/run-report-schema.js')).parseRunReport(text, source);
