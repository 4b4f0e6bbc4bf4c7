import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand, outputFlag} from '../cli/command.js';
import {sayFreshness} from '../cli/freshness.js';
import {readInput} from '../cli/lines-in.js';
import {FORMATS} from '../cli/output.js';
import {ofPlatform, platformEventsFlag} from '../cli/platform-flags.js';
import {type ResultRow, rowsOf} from '../cli/query/answer.js';
import {readParameters} from '../cli/query/parameters.js';
import {onTerminalErr, say, stdoutClosed, writeOut} from '../cli/stdout.js';
import {durationFlag} from '../cli/time-flags.js';
import type {Query as Asked} from '../client/query-api.js';
import {IotctlError} from '../domain/errors.js';
import {STREAM_FORMATS, type StreamFormat} from '../domain/query.js';

export default class Query extends IotctlCommand {
  static override summary = 'Ask the stored events and readings with SQL.';

  static override description =
    'One reading statement in the SQL of DuckDB over the tables `events` and `readings`; `DESCRIBE readings` shows their columns. As csv and ndjson the rows come as the platform finds them, however many they are.';

  static override examples = [
    "<%= config.bin %> query 'SELECT device, count(*) AS events FROM events GROUP BY device'",
    "<%= config.bin %> query 'SELECT * FROM readings ORDER BY time DESC LIMIT 5' --output md",
    "<%= config.bin %> query 'FROM readings WHERE device = $device AND time >= $since' --param device=lamp-1 --param since:time=1h",
    "<%= config.bin %> query 'FROM readings WHERE metric = ? AND value > ?' temperature 30 -o csv > hot.csv",
    '<%= config.bin %> query --file report.sql --consistent',
    "<%= config.bin %> query 'SELECT count(*) FROM events' --explain",
  ];

  static override strict = false;

  static override args = {
    sql: Args.string({
      description: 'the statement; - reads it from stdin. What stands behind it are values for ? and $1',
    }),
  };

  static override flags = {
    output: outputFlag([...FORMATS, 'md']),
    file: Flags.string({description: 'read the statement from this file', helpValue: 'FILE'}),
    param: Flags.string({
      char: 'p',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME=VALUE',
      description:
        'a value for $NAME, as often as needed; NAME:text=, NAME:number=, NAME:bool= or NAME:time= (15m, now-2h, RFC 3339) say what it is',
    }),
    explain: Flags.boolean({description: 'show how it would be computed, and do not ask it'}),
    consistent: Flags.boolean({
      description: 'wait until everything is stored that was acknowledged before',
    }),
    timeout: durationFlag({
      description: 'how long the platform may work at it [default: 30s; 10m for csv and ndjson]',
    }),
    'max-rows': Flags.integer({
      min: 1,
      description: 'how many rows at most [default: 10000; all for csv and ndjson]',
    }),
    platform: platformEventsFlag,
  };

  async run(): Promise<readonly ResultRow[] | undefined> {
    const {flags, argv} = await this.parse(Query);
    const {sql, values} = await statementOf(argv as string[], flags.file);
    const parameters = readParameters(flags.param ?? [], values);
    const asked: Asked = {
      sql: flags.explain ? `EXPLAIN ${sql}` : sql,
      ...(Object.keys(parameters).length > 0 ? {parameters} : {}),
      ...(flags.consistent ? {consistent: true} : {}),
      ...ofPlatform(flags),
      timeoutMs: flags.timeout,
      maxRows: flags['max-rows'],
    };
    const format = STREAM_FORMATS.find(known => known === this.format);
    if (format === undefined || this.quiet || flags.explain) return await this.answer(asked, flags.explain);
    await this.stream(asked, format);
    return undefined;
  }

  private async answer(asked: Asked, explain: boolean): Promise<readonly ResultRow[]> {
    const api = await this.api();
    const result = await api.query(asked, stdoutClosed);
    const {rows, columns} = rowsOf(result);
    if (explain && this.format === 'table')
      await writeOut(`${rows.map(row => String(row.explain_value)).join('\n')}\n`);
    else await this.print(rows, columns);
    if (result.truncated)
      say(
        `Only the first ${rows.length} rows are shown; there are more. Pass a larger --max-rows, or take them all as -o csv or ndjson.`,
      );
    else if (this.format === 'table' && onTerminalErr()) {
      say(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'} in ${result.elapsedMs} ms.`);
      sayFreshness(result);
    }
    return rows;
  }

  private async stream(asked: Asked, format: StreamFormat): Promise<void> {
    const api = await this.api();
    const pieces = api.queryStream({...asked, format}, stdoutClosed);
    let piece = await pieces.next();
    for (; piece.done !== true; piece = await pieces.next()) await writeOut(piece.value);
    if (piece.value?.truncated === true)
      say(`Only the first ${piece.value.rows} rows are written; there are more. Pass a larger --max-rows.`);
  }
}

/** The statement, and what stands behind it. Throws `IOT_USAGE` where there is none. */
async function statementOf(
  argv: readonly string[],
  file: string | undefined,
): Promise<{sql: string; values: readonly string[]}> {
  if (file !== undefined) return {sql: (await readInput(file)).toString('utf8'), values: argv};
  const [sql, ...values] = argv;
  if (sql === undefined)
    throw new IotctlError('IOT_USAGE', 'there is no statement: type one, or pass --file');
  return {sql: sql === '-' ? (await readInput('-')).toString('utf8') : sql, values};
}
