import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {terminalChartLook} from '../cli/chart/terminal-look.js';
import {IotctlCommand, outputFlag} from '../cli/command.js';
import {FORMATS} from '../cli/output.js';
import {ofPlatform, platformEventsFlag} from '../cli/platform-flags.js';
import {rowsOf} from '../cli/query/answer.js';
import {queryChart} from '../cli/query/query-chart.js';
import {sayOf, writePlan, writeStream} from '../cli/query/show-answer.js';
import {statementOf} from '../cli/query/statement.js';
import {onTerminal, stdoutClosed, writeOut} from '../cli/stdout.js';
import {durationFlag} from '../cli/time-flags.js';
import type {Query as Asked} from '../client/query-api.js';
import {savedQueries} from '../client/saved-queries.js';
import {IotctlError} from '../domain/errors.js';
import {STREAM_FORMATS} from '../domain/query.js';

export default class Query extends IotctlCommand {
  static override summary = 'Ask what is stored with SQL.';

  static override description =
    `One reading statement in the SQL of DuckDB over \`events\`, \`readings\`, a table for each model, \`devices\`, \`commands\` and \`connections\`; --schema prints their columns. As csv, ndjson and parquet the rows come as the platform finds them, however many they are.

One word is the name of a query that the project file keeps under \`queries:\`. Without a statement, on a terminal, there is a prompt.`;

  static override examples = [
    "<%= config.bin %> query 'SELECT device, count(*) AS events FROM events GROUP BY device'",
    `<%= config.bin %> query "SELECT labels['site'] AS site, avg(value) FROM readings JOIN devices USING (device) GROUP BY site"`,
    "<%= config.bin %> query 'FROM readings WHERE device = $device AND time >= $since' --param device=lamp-1 --param since:time=1h",
    "<%= config.bin %> query 'FROM readings WHERE metric = ? AND value > ?' temperature 30 -o csv > hot.csv",
    '<%= config.bin %> query --file report.sql --consistent',
    "<%= config.bin %> query 'SELECT count(*) FROM events' --explain",
    '<%= config.bin %> query --schema',
  ];

  static override strict = false;

  static override args = {
    sql: Args.string({
      description:
        'the statement, or the name of a saved one; - reads it from stdin. What stands behind it are values for ? and $1',
    }),
  };

  static override flags = {
    output: outputFlag([...FORMATS, 'md', 'parquet', 'chart']),
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
    schema: Flags.boolean({
      description: 'print the tables and their columns',
      exclusive: ['list', 'file', 'explain'],
    }),
    list: Flags.boolean({description: 'print the saved queries', exclusive: ['file', 'explain']}),
    consistent: Flags.boolean({
      description: 'wait until everything is stored that was acknowledged before',
    }),
    timeout: durationFlag({
      description: 'how long the platform may work at it [default: 30s; 10m for csv, ndjson and parquet]',
    }),
    'max-rows': Flags.integer({
      min: 1,
      description: 'how many rows at most [default: 10000; all for csv, ndjson and parquet]',
    }),
    platform: platformEventsFlag,
  };

  async run(): Promise<unknown> {
    const {flags, argv} = await this.parse(Query);
    if (flags.schema) return await this.printSchema();
    if (flags.list) return await this.printSaved();
    const settings: Omit<Asked, 'sql'> = {
      ...(flags.consistent ? {consistent: true} : {}),
      ...ofPlatform(flags),
      timeoutMs: flags.timeout,
      maxRows: flags['max-rows'],
    };
    const statement = await statementOf(argv as string[], {file: flags.file, named: flags.param ?? []});
    if (statement === undefined) return await this.prompt(settings);
    const {sql, parameters} = statement;
    const asked: Asked = {
      sql: flags.explain ? `EXPLAIN ${sql}` : sql,
      ...(Object.keys(parameters).length > 0 ? {parameters} : {}),
      ...settings,
    };
    const format = STREAM_FORMATS.find(known => known === this.format);
    if (format === undefined || this.quiet || flags.explain) return await this.answer(asked, flags.explain);
    if (format === 'parquet' && onTerminal())
      throw new IotctlError(
        'IOT_USAGE',
        'Parquet is for files: redirect it, as in -o parquet > answer.parquet',
      );
    return await writeStream(await this.api(), asked, format);
  }

  private async answer(asked: Asked, explain: boolean): Promise<unknown> {
    const api = await this.api();
    const result = await api.query(asked, stdoutClosed);
    const {rows, columns} = rowsOf(result);
    if (explain && this.format === 'table') await writePlan(result);
    else if (this.format === 'chart') await writeOut(queryChart(result, await terminalChartLook()));
    else await this.print(rows, columns);
    sayOf(result, {timed: this.format === 'table'});
    return rows;
  }

  private async printSchema(): Promise<unknown> {
    const tables = await (await this.api()).querySchema();
    const rows = tables.flatMap(({name, columns}) => columns.map(column => ({table: name, ...column})));
    return await this.print(rows, {
      table: row => row.table,
      name: row => row.name,
      type: row => row.type,
      meaning: row => row.meaning,
    });
  }

  private async printSaved(): Promise<unknown> {
    return await this.print([...(await savedQueries()).values()], {
      name: query => query.name,
      description: query => query.description,
      params: query => Object.keys(query.params).join(', '),
      sql: query => query.sql.trim().replaceAll(/\s+/g, ' '),
    });
  }

  private async prompt(asked: Omit<Asked, 'sql'>): Promise<void> {
    if (process.stdin.isTTY !== true)
      throw new IotctlError('IOT_USAGE', 'there is no statement: type one, pass --file, or - for stdin');
    const [{QueryPrompt}, api, queries] = await Promise.all([
      import('../cli/query/prompt.js'),
      this.api(),
      savedQueries(),
    ]);
    await new QueryPrompt({
      api,
      queries,
      tables: await api.querySchema(),
      asked,
      format: this.format,
      look: () => this.look(),
      input: process.stdin,
      output: process.stdout,
      terminal: true,
    }).run();
  }
}
