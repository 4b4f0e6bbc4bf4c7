import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {failureCountOf} from '../../cli/bulk-flags.js';
import {BulkJournal, type JournalEntry} from '../../cli/bulk-journal.js';
import {IotctlCommand} from '../../cli/command.js';
import {listenForEnding} from '../../cli/ending.js';
import {type ImportEnd, runImport} from '../../cli/import/import-run.js';
import {ImportTally, TALLY_COLUMNS, type Tally} from '../../cli/import/import-tally.js';
import {FORMATS_IN, type InputRow} from '../../cli/import/input-row.js';
import {MadeSecrets} from '../../cli/import/made-secrets.js';
import {inputRows} from '../../cli/import/open-input.js';
import {ResultsFile, type RowResult} from '../../cli/import/results-file.js';
import {Progress} from '../../cli/progress.js';
import {say} from '../../cli/stdout.js';
import type {ImportMode} from '../../domain/device-import.js';
import {IotctlError} from '../../domain/errors.js';

const NOTHING_DONE: ReadonlySet<string> = new Set();

export default class DeviceImport extends IotctlCommand {
  static override summary = 'Move devices in from a file: each row succeeds or fails on its own.';

  static override description =
    `The columns of CSV are id, model, via, adminState, label.KEY, metadata.KEY, component.NAME (its model, or - for none), and one of credential (new or none), secret (32 or more random characters that the device has already) and hash (of a password, as mosquitto_passwd makes it). NDJSON has the shape that device export gives, with credential, secret or hash beside it.
Secrets that are made here never leave this machine: the platform gets their hashes (of --credential token the key itself, which it has to have). They go to --credentials-file before their rows count as done. With --resume an import that was interrupted, even by kill -9, goes on when the same is typed again.`;

  static override examples = [
    '<%= config.bin %> device import fleet.csv --credentials-file secrets.csv --results results.csv --resume import.journal',
    '<%= config.bin %> device import fleet.csv --dry-run',
    '<%= config.bin %> device import fleet.ndjson --credential none --update',
    '<%= config.bin %> device import passwd --format mosquitto-passwd',
  ];

  static override args = {
    file: Args.string({required: true, description: 'the file; - is stdin'}),
  };

  static override flags = {
    format: Flags.option({
      options: FORMATS_IN,
      description: 'what the file is [default: by its name, .csv, .ndjson or .jsonl]',
    })(),
    credential: Flags.option({
      options: ['secret', 'token', 'none'] as const,
      default: 'secret' as const,
      description:
        'what a new device gets whose row says nothing: a secret, a key that it signs its own tokens with, or nothing yet',
    })(),
    'credentials-file': Flags.string({
      helpValue: 'FILE.csv',
      description: 'write the secrets that are made to this new file (mode 0600) [default: none is made]',
    }),
    'if-not-exists': Flags.boolean({
      description: 'keep a device that is there already as it is, without an error',
      exclusive: ['update'],
    }),
    update: Flags.boolean({
      description:
        'change a device that is there already to what its row says; an empty cell takes away. Credentials and states stay',
    }),
    results: Flags.string({
      helpValue: 'FILE',
      description:
        'write what became of each row to this file, .csv or .ndjson [default: only failures are said]',
    }),
    'dry-run': Flags.boolean({
      description: 'check every row against the platform, say what would become of it, and do nothing',
      exclusive: ['resume'],
    }),
    'abort-on-errors': Flags.string({
      default: 'never',
      helpValue: 'N|never',
      description: 'begin no other batch once so many rows failed',
    }),
    resume: Flags.string({
      helpValue: 'FILE',
      description:
        'keep in this file what was done, and pass over what it says is done: type the same again after an interruption [default: keep nothing]',
    }),
  };

  async run(): Promise<Tally> {
    const {args, flags} = await this.parse(DeviceImport);
    const mode = flags.update ? 'update' : flags['if-not-exists'] ? 'keep' : 'create';
    const {imports} = await this.api();
    await using journal = await this.journal(flags.resume, mode);
    await using secrets = await this.secrets(flags, journal);
    const known = journal?.entries.map(({details}) => details as RowResult) ?? [];
    await using results =
      flags.results === undefined ? undefined : await ResultsFile.create(flags.results, known);
    using ending = listenForEnding();
    const tally = new ImportTally();
    using progress = new Progress('rows');
    const input = inputRows(args.file, flags.format);
    const end = await runImport({
      rows: secrets || flags['dry-run'] ? input : withPlaceForSecrets(input, flags.credential),
      mode,
      credential: flags.credential === 'none' ? 'none' : 'make',
      secrets,
      send: (rows, how) => (flags['dry-run'] ? imports.check(rows, how) : imports.run(rows, how)),
      done: journal?.done ?? NOTHING_DONE,
      failuresMax: failureCountOf(flags['abort-on-errors']),
      signal: ending.signal,
      settled: async rows => {
        await results?.add(rows);
        await journal?.add(...rows.map(journalEntry));
        tally.add(rows);
        progress.update(tally.rows);
      },
    });
    progress[Symbol.dispose]();
    if (known.length > 0) say(`${known.length} rows were done already: ${journal?.path}`);
    if (end.fatal === undefined || tally.rows > 0) await this.printOne(tally.sum, TALLY_COLUMNS);
    this.tell(end, tally, {interrupted: ending.interrupted(), resumable: journal !== undefined});
    return tally.sum;
  }

  private async journal(path: string | undefined, mode: ImportMode): Promise<BulkJournal | undefined> {
    if (path === undefined) return undefined;
    const {name, url} = await this.context();
    return await BulkJournal.open(path, `import (${mode}) at ${name} (${url})`);
  }

  private async secrets(
    flags: {'credentials-file'?: string | undefined; 'dry-run': boolean; credential: string},
    journal: BulkJournal | undefined,
  ): Promise<MadeSecrets | undefined> {
    const path = flags['credentials-file'];
    if (path === undefined || flags['dry-run']) return undefined;
    const kind = flags.credential === 'token' ? 'token' : 'secret';
    return await MadeSecrets.open(path, kind, {
      resume: journal !== undefined,
      done: journal?.done ?? NOTHING_DONE,
    });
  }

  private tell(
    {complete, fatal}: ImportEnd,
    {sum: {failed}, rows}: ImportTally,
    {interrupted, resumable}: {interrupted: boolean; resumable: boolean},
  ): void {
    const sum = `${rows - failed} of ${rows} rows done, ${failed} failed`;
    if (interrupted) {
      say(`Interrupted: ${sum}.${resumable ? ' Type the same again to go on.' : ''}`);
      this.exit(130);
    }
    if (fatal !== undefined) {
      if (rows > 0) say(`${sum}; the rest was not begun`);
      throw fatal;
    }
    if (failed > 0)
      throw new IotctlError('IOT_SOME_FAILED', complete ? sum : `${sum}; the rest was not begun`);
  }
}

/** Throws `IOT_USAGE` at the first row whose secret would be known to nobody. */
async function* withPlaceForSecrets(
  rows: AsyncIterable<InputRow>,
  credential: string,
): AsyncGenerator<InputRow> {
  for await (const row of rows) {
    if ('device' in row && (row.credential?.kind ?? (credential === 'none' ? 'none' : 'make')) === 'make')
      throw new IotctlError(
        'IOT_USAGE',
        `line ${row.line}: the secret of ${row.id} would be made here: give --credentials-file FILE.csv, or --credential none`,
      );
    yield row;
  }
}

const journalEntry = (row: RowResult): JournalEntry => ({
  id: row.id,
  outcome: row.outcome === 'failed' ? 'failed' : 'done',
  ...(row.code === null ? {} : {code: row.code}),
  details: row,
});
