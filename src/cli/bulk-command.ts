/** What the commands share that do one thing with many devices: journal, progress, Ctrl-C, and what is said at the end. */
import {IotctlError} from '../domain/errors.js';
import {type BulkFlags, failuresMaxOf} from './bulk-flags.js';
import {BulkJournal} from './bulk-journal.js';
import {type BulkOutcome, runBulk} from './bulk-run.js';
import {IotctlCommand} from './command.js';
import {listenForEnding} from './ending.js';
import type {Columns} from './output.js';
import {Progress} from './progress.js';
import {say} from './stdout.js';

/** More are not read by anybody, and a journal has them all. */
const FAILURES_SAID_MAX = 20;

interface BulkWork<T> {
  /** In the words of the command, such as `retire`. */
  readonly action: string;
  readonly ids: readonly string[];
  readonly flags: BulkFlags;
  /** How what was done is printed; without them the caller prints it. */
  readonly columns?: Columns<T> | undefined;
  readonly each: (id: string) => Promise<T>;
}

export abstract class BulkCommand extends IotctlCommand {
  /** Prints what was done, also when something failed: then it throws. */
  protected async inBulk<T>({action, ids, flags, columns, each}: BulkWork<T>): Promise<readonly T[]> {
    const {name, url} = await this.context();
    await using journal =
      flags.resume === undefined
        ? undefined
        : await BulkJournal.open(flags.resume, `${action} at ${name} (${url})`);
    const open = journal ? ids.filter(id => !journal.done.has(id)) : ids;
    // One device is done or not: there is nothing to stop in between.
    using ending = open.length > 1 ? listenForEnding() : undefined;
    const onEnding = (): void => say('Stopping: what has begun is finished. Ctrl-C again ends it at once.');
    ending?.signal.addEventListener('abort', onEnding, {once: true});
    using progress = new Progress('devices', ids.length);
    let settled = ids.length - open.length;
    const outcome = await runBulk({
      ids: open,
      workers: flags.workers,
      failuresMax: failuresMaxOf(flags['abort-on-errors'], open.length),
      signal: ending?.signal ?? new AbortController().signal,
      each,
      settled: async entry => {
        progress.update(++settled);
        await journal?.add(entry);
      },
    });
    progress[Symbol.dispose]();
    // What was done stays done, and is said even when others failed.
    if (outcome.done.length > 0 && columns) await this.print(outcome.done, columns);
    if (open.length < ids.length)
      say(`${ids.length - open.length} devices were done already: ${journal?.path}`);
    this.#tell(outcome, open.length, {
      interrupted: ending?.interrupted() ?? false,
      resumable: journal !== undefined,
    });
    return outcome.done;
  }

  /** One device that failed is the failure of the command; of many each is said, and how many. */
  #tell<T>(
    {done, failures, left, fatal}: BulkOutcome<T>,
    devices: number,
    {interrupted, resumable}: {interrupted: boolean; resumable: boolean},
  ): void {
    if (devices === 1 && (fatal ?? failures[0])) throw fatal ?? failures[0]?.error;
    for (const {id, error} of failures.slice(0, FAILURES_SAID_MAX))
      say(`Failed: ${id}: ${error.message} (${error.code})`);
    if (failures.length > FAILURES_SAID_MAX) say(`… and ${failures.length - FAILURES_SAID_MAX} more failed`);
    const sum = `${done.length} of ${devices} devices done, ${failures.length} failed, ${left} not begun`;
    if (interrupted) {
      say(`Interrupted: ${sum}.${resumable ? ' Type the same again to go on.' : ''}`);
      this.exit(130);
    }
    if (fatal !== undefined) {
      say(sum);
      throw fatal;
    }
    if (failures.length > 0) throw new IotctlError(codeOf(failures), sum);
  }
}

/** That of all of them, or that they differ. */
function codeOf(failures: readonly {error: IotctlError}[]): IotctlError['code'] {
  const [first, ...others] = failures.map(({error}) => error.code);
  return first !== undefined && others.every(code => code === first) ? first : 'IOT_SOME_FAILED';
}
