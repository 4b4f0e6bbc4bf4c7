/** How many rows of an import became what, and which failed. */
import type {ImportOutcome} from '../../domain/device-import.js';
import type {Columns} from '../output.js';
import {say} from '../stdout.js';
import type {RowResult} from './results-file.js';

export type Tally = Readonly<Record<ImportOutcome, number>>;

export const TALLY_COLUMNS: Columns<Tally> = {
  created: tally => tally.created,
  updated: tally => tally.updated,
  unchanged: tally => tally.unchanged,
  failed: tally => tally.failed,
};

/** More are not read by anybody, and a file of results has them all. */
const FAILURES_SAID_MAX = 20;

export class ImportTally {
  readonly #counts: Record<ImportOutcome, number> = {created: 0, updated: 0, unchanged: 0, failed: 0};

  get sum(): Tally {
    return {...this.#counts};
  }

  get rows(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  /** Failures are said as they come. */
  add(results: readonly RowResult[]): void {
    for (const {line, id, outcome, code, message} of results) {
      this.#counts[outcome]++;
      if (outcome !== 'failed' || this.#counts.failed > FAILURES_SAID_MAX) continue;
      say(`Failed: line ${line}${id === '' ? '' : `, ${id}`}: ${message ?? ''} (${code ?? ''})`);
      if (this.#counts.failed === FAILURES_SAID_MAX)
        say('Further failures are not said one by one: see --results.');
    }
  }
}
