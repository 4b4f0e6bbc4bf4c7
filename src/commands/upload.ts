import {basename} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {failureCountOf} from '../cli/bulk-flags.js';
import {IotctlCommand} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import type {Columns} from '../cli/output.js';
import {Progress} from '../cli/progress.js';
import {say} from '../cli/stdout.js';
import {fileRows, UPLOAD_FORMATS} from '../cli/upload/file-rows.js';
import {RefusedLines} from '../cli/upload/refused-lines.js';
import {type MappingOptions, mapRow} from '../cli/upload/row-mapping.js';
import {parseUtcOffsetMs} from '../cli/upload/row-time.js';
import {uploadDigest} from '../cli/upload/upload-digest.js';
import {runUpload, type UploadEnd, type UploadSum} from '../cli/upload/upload-run.js';
import {IotctlError} from '../domain/errors.js';
import {
  type Upload as BegunUpload,
  type PartAnswer,
  UPLOAD_TARGETS,
  type UploadTarget,
} from '../domain/upload.js';

const COLUMNS: Columns<UploadSum> = {
  id: sum => sum.id,
  state: sum => sum.state,
  rows: sum => sum.rows,
  accepted: sum => sum.accepted,
  refused: sum => sum.refused,
  before: sum => sum.before,
};

export default class Upload extends IotctlCommand {
  static override summary =
    'Put measurements of a file into the event stream, or into the store alone, each row once.';

  static override description =
    `Every row is of one device and one time, and its other columns are metrics; --name-column and --value-column read rows that hold one metric each. Events of an upload have the attribute backfill, and nobody who follows live is told of them. With --into store they go past the stream: query, stats, episodes and export have them, tail and consumers never.
A row that cannot be used is refused by itself, and the others are let in. An upload that was interrupted, even by kill -9, goes on where it was when the same is typed again; a file that was uploaded already is not uploaded twice.`;

  static override examples = [
    '<%= config.bin %> upload history.csv',
    '<%= config.bin %> upload machine.csv --device press-1 --time-column timestamp --column value=temperature --convert temperature=fahrenheit:celsius',
    '<%= config.bin %> upload archive.ndjson --into store',
    '<%= config.bin %> upload readings.parquet --name-column metric --value-column value --dry-run',
  ];

  static override args = {
    file: Args.string({required: true, description: 'the file; - is stdin, which cannot be gone on with'}),
  };

  static override flags = {
    format: Flags.option({
      options: UPLOAD_FORMATS,
      description: 'what the file is [default: by its name, .csv, .ndjson, .jsonl or .parquet]',
    })(),
    into: Flags.option({
      options: UPLOAD_TARGETS,
      default: 'stream' as const,
      description: 'where the rows go: into the event stream, or past it into the store alone',
    })(),
    device: Flags.string({
      helpValue: 'ID',
      description: 'the device of all rows [default: --device-column]',
      exclusive: ['device-column'],
    }),
    'device-column': Flags.string({
      helpValue: 'NAME',
      description: 'the column of the device’s id [default: device, device_id or deviceId]',
    }),
    component: Flags.string({
      helpValue: 'NAME',
      description: 'the component of all rows [default: --component-column]',
      exclusive: ['component-column'],
    }),
    'component-column': Flags.string({
      helpValue: 'NAME',
      description: 'the column of the component [default: component, where there is one]',
    }),
    'time-column': Flags.string({
      helpValue: 'NAME',
      description:
        'the column of times: RFC 3339, date and time without a zone, Unix seconds or milliseconds [default: time, ts or timestamp]',
    }),
    'utc-offset': Flags.string({
      default: 'Z',
      helpValue: '+HH:MM',
      description: 'what times without a zone are ahead of UTC',
    }),
    column: Flags.string({
      multiple: true,
      helpValue: 'NAME[=METRIC]',
      description:
        'a column that is a metric, and what it is called; may be given several times [default: all others]',
      exclusive: ['name-column'],
    }),
    'name-column': Flags.string({
      helpValue: 'NAME',
      description: 'each row holds one metric: the column of its name [default: none]',
      dependsOn: ['value-column'],
    }),
    'value-column': Flags.string({
      helpValue: 'NAME',
      description: 'the column of its value [default: none]',
      dependsOn: ['name-column'],
    }),
    convert: Flags.string({
      multiple: true,
      helpValue: 'METRIC=FROM:TO',
      description: 'convert a metric from one unit to another; may be given several times [default: none]',
    }),
    errors: Flags.string({
      helpValue: 'FILE.csv',
      description: 'write every row that is refused, and why, to this file [default: the first 20 are said]',
    }),
    'abort-on-errors': Flags.string({
      default: 'never',
      helpValue: 'N|never',
      description: 'send nothing more once so many rows are refused',
    }),
    again: Flags.boolean({description: 'upload the file though it was uploaded already'}),
    'dry-run': Flags.boolean({description: 'read every row and say what is wrong with it; send nothing'}),
  };

  async run(): Promise<UploadSum> {
    const {args, flags} = await this.parse(Upload);
    const mapping = await mappingOf(flags);
    const refusedMax = failureCountOf(flags['abort-on-errors']);
    using ending = listenForEnding();
    await using lines = await RefusedLines.open(flags.errors);
    const begun = flags['dry-run'] ? undefined : await this.begin(args.file, flags);
    if (begun?.state === 'finished') return await this.uploadedAlready(begun);
    if (begun && begun.nextPart > 0) say(`Going on with what was begun at ${begun.createdAt}.`);
    const sum = {rows: 0, accepted: 0, refused: 0, before: 0};
    const {uploads} = begun ? await this.api() : {uploads: undefined};
    let end: UploadEnd;
    {
      using progress = new Progress('rows');
      end = await runUpload({
        rows: fileRows(args.file, flags.format),
        map: cells => mapRow(cells, mapping),
        nextPart: begun?.nextPart ?? 0,
        send: (part, rows) =>
          uploads ? uploads.send(begun!.id, part, rows) : Promise.resolve(acceptedAll(part, rows.length)),
        signal: ending.signal,
        refusedMax,
        async settled({rows, accepted, refused}) {
          sum.rows += rows;
          sum.accepted += accepted;
          sum.refused += refused.length;
          if (accepted + refused.length === 0) sum.before += rows;
          await lines.add(refused);
          progress.update(sum.rows);
        },
      });
    }
    const finished = begun && end === 'complete' ? await uploads!.finish(begun.id) : begun;
    const told = {id: begun?.id ?? '', state: finished?.state ?? ('checked' as const), ...sum};
    await this.printOne(told, COLUMNS);
    this.tell(end, told, args.file !== '-');
    return told;
  }

  private async begin(
    file: string,
    {into, again, ...mapping}: MappingFlags & {readonly into: UploadTarget; readonly again: boolean},
  ): Promise<BegunUpload> {
    const {uploads} = await this.api();
    const decisions: unknown[] = DECISIVE.map(name => mapping[name]);
    if (into !== 'stream') decisions.push(into);
    if (again) decisions.push(Date.now());
    const digest = await uploadDigest(file, decisions);
    return await uploads.begin({name: file === '-' ? 'stdin' : basename(file).slice(0, 200), digest, into});
  }

  private async uploadedAlready({
    id,
    rowsAccepted,
    rowsRefused,
    finishedAt,
  }: BegunUpload): Promise<UploadSum> {
    const rows = rowsAccepted + rowsRefused;
    say(`This file was uploaded at ${finishedAt}, and is not uploaded twice. Pass --again to do so.`);
    return await this.printOne(
      {id, state: 'finished' as const, rows, accepted: 0, refused: 0, before: rows},
      COLUMNS,
    );
  }

  private tell(end: UploadEnd, {rows, refused}: UploadSum, resumable: boolean): void {
    if (end === 'interrupted') {
      say(`Interrupted after ${rows} rows.${resumable ? ' Type the same again to go on.' : ''}`);
      this.exit(130);
    }
    if (refused > 0)
      throw new IotctlError(
        'IOT_INPUT_INVALID',
        `${refused} of ${rows} rows were refused${end === 'complete' ? '' : '; the rest was not begun'}`,
      );
  }
}

interface MappingFlags {
  readonly device?: string | undefined;
  readonly 'device-column'?: string | undefined;
  readonly component?: string | undefined;
  readonly 'component-column'?: string | undefined;
  readonly 'time-column'?: string | undefined;
  readonly 'utc-offset': string;
  readonly column?: readonly string[] | undefined;
  readonly 'name-column'?: string | undefined;
  readonly 'value-column'?: string | undefined;
  readonly convert?: readonly string[] | undefined;
}

/** What becomes of a file follows from its bytes and from these. */
const DECISIVE = [
  'device',
  'device-column',
  'component',
  'component-column',
  'time-column',
  'utc-offset',
  'column',
  'name-column',
  'value-column',
  'convert',
] as const satisfies readonly (keyof MappingFlags)[];

/** Units are loaded only where something is converted. */
async function mappingOf(flags: MappingFlags): Promise<MappingOptions> {
  const {column, 'name-column': name, 'value-column': value, convert} = flags;
  const conversions = convert
    ? (await import('../cli/upload/conversion.js')).parseConversions(convert)
    : new Map<string, never>();
  return {
    device: flags.device,
    deviceColumn: flags['device-column'],
    component: flags.component,
    componentColumn: flags['component-column'],
    timeColumn: flags['time-column'],
    utcOffsetMs: parseUtcOffsetMs(flags['utc-offset']),
    columns: column && new Map(column.map(columnOf)),
    long: name === undefined || value === undefined ? undefined : {name, value},
    conversions,
  };
}

function columnOf(text: string): [string, string] {
  const at = text.lastIndexOf('=');
  return at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + 1)];
}

const acceptedAll = (part: number, accepted: number): PartAnswer => ({part, accepted, refused: []});
