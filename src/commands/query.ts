import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type {CellValue} from '../cli/cell.js';
import {IotctlCommand, outputFlag} from '../cli/command.js';
import {readInput} from '../cli/lines-in.js';
import {FORMATS, type NamedColumns, stringify} from '../cli/output.js';
import {ofPlatform, platformEventsFlag} from '../cli/platform-flags.js';
import {say} from '../cli/stdout.js';
import {durationFlag} from '../cli/time-flags.js';

type ResultRow = Readonly<Record<string, unknown>>;

export default class Query extends IotctlCommand {
  static override summary = 'Ask the stored events and readings with SQL.';

  static override description =
    'One reading statement in the SQL of DuckDB over the tables `events` and `readings`; `DESCRIBE readings` shows their columns.';

  static override examples = [
    "<%= config.bin %> query 'SELECT device, count(*) AS events FROM events GROUP BY device'",
    "<%= config.bin %> query 'SELECT * FROM readings ORDER BY time DESC LIMIT 5' --output md",
    '<%= config.bin %> query - < report.sql',
  ];

  static override args = {
    sql: Args.string({required: true, description: 'the statement; - reads it from stdin'}),
  };

  static override flags = {
    output: outputFlag([...FORMATS, 'md']),
    timeout: durationFlag({
      default: 30_000,
      defaultHelp: async () => '30s',
      description: 'how long it may run',
    }),
    'max-rows': Flags.integer({default: 10_000, min: 1, description: 'how many rows at most'}),
    platform: platformEventsFlag,
  };

  async run(): Promise<readonly ResultRow[]> {
    const {args, flags} = await this.parse(Query);
    const sql = args.sql === '-' ? (await readInput('-')).toString('utf8') : args.sql;
    const api = await this.api();
    const answer = await api.query({
      sql,
      timeoutMs: flags.timeout,
      maxRows: flags['max-rows'],
      ...ofPlatform(flags),
    });
    const names = uniqueNames(answer.columns.map(column => column.name));
    const rows = answer.rows.map(cells =>
      Object.fromEntries(names.map((name, index) => [name, cells[index]])),
    );
    const columns: NamedColumns<ResultRow> = new Map(names.map(name => [name, row => cellOf(row[name])]));
    await this.print(rows, columns);
    if (answer.truncated) {
      say(`Only the first ${rows.length} rows are shown; there are more. Pass a larger --max-rows.`);
    }
    return rows;
  }
}

/** Two columns of one name would be one key of an object: the second becomes `name_2`. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map(name => {
    let unique = name;
    for (let count = 2; taken.has(unique); count++) unique = `${name}_${count}`;
    taken.add(unique);
    return unique;
  });
}

function cellOf(value: unknown): CellValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') return stringify(value);
  return value as CellValue;
}
