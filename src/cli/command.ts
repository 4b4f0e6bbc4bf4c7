/** What every command shares: the global flags, one way to print results, one way to fail, one way to the platform. */

import type {Interfaces} from '@oclif/core';
import {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import type {ApiClient} from '../client/api-client.js';
import type {Context} from '../client/contexts.js';
import {IotctlError} from '../domain/errors.js';
import {cellValue, textOf} from './cell.js';
import {paintFor, refuseColor} from './color.js';
import {
  type Columns,
  columnEntries,
  csvLine,
  FORMATS,
  type Format,
  renderOne,
  renderRows,
  stringify,
} from './output.js';
import {argvOfFiles, envNameOf} from './settings.js';
import {onTerminal, stdoutClosed, writeOut} from './stdout.js';
import type {TableLook} from './table.js';

/** The flag `--output` with the formats that a command knows. */
export const outputFlag = <T extends readonly Format[]>(formats: T) =>
  Flags.option({
    char: 'o',
    options: formats,
    default: 'table' as T[number],
    description: 'how to print the result',
    helpGroup: 'GLOBAL',
    env: 'IOTCTL_OUTPUT',
  })();

export abstract class IotctlCommand extends Command {
  static override baseFlags = {
    output: outputFlag(FORMATS),
    context: Flags.string({
      description: 'the platform to talk to [default: the current context]',
      helpGroup: 'GLOBAL',
      env: 'IOTCTL_CONTEXT',
    }),
    'no-color': Flags.boolean({
      description: 'print without colours',
      helpGroup: 'GLOBAL',
      env: 'IOTCTL_NO_COLOR',
    }),
    quiet: Flags.boolean({
      char: 'q',
      description: 'print ids only',
      helpGroup: 'GLOBAL',
      env: 'IOTCTL_QUIET',
    }),
  };

  /** Known once the command has parsed its flags. */
  protected format: Format = 'table';
  protected quiet = false;
  protected contextName: string | undefined;

  /** The client of the platform that the current context names. */
  protected async api(): Promise<ApiClient> {
    const {ApiClient} = await import('../client/api-client.js');
    return new ApiClient(await this.context());
  }

  /** The context of `--context`, or the current one. Throws `IOT_CONTEXT_UNKNOWN` or `IOT_CONTEXT_MISSING`. */
  protected async context(): Promise<Context> {
    const {resolveContext} = await import('../client/contexts.js');
    return resolveContext(this.contextName);
  }

  /** The broker of the context, for commands that speak MQTT; undefined where there is no context at all. */
  protected async contextBrokerUrl(): Promise<string | undefined> {
    try {
      return (await this.context()).mqttUrl;
    } catch (error) {
      if (error instanceof IotctlError && error.code === 'IOT_CONTEXT_MISSING') return undefined;
      throw error;
    }
  }

  /** Prints a list and gives it back, so that `run` can end with it. */
  protected async print<Row>(rows: readonly Row[], columns: Columns<Row>): Promise<readonly Row[]> {
    await writeOut(
      this.quiet ? idsOf(rows, columns) : renderRows(rows, columns, this.format, await this.look()),
    );
    return rows;
  }

  /** Prints one thing and gives it back. */
  protected async printOne<Row>(row: Row, columns: Columns<Row>): Promise<Row> {
    await writeOut(
      this.quiet ? idsOf([row], columns) : renderOne(row, columns, this.format, await this.look()),
    );
    return row;
  }

  /**
   * Prints the rows of a stream as they come; `line` is how one reads in a table. JSON is one object a line.
   * Ends with the stream, or when nobody reads stdout any more. Resolves to the number of rows.
   */
  protected async printStream<Row>(
    rows: AsyncIterable<Row>,
    columns: Columns<Row>,
    line: (row: Row) => string,
  ): Promise<number> {
    const show = this.streamLine(columns, line);
    let count = 0;
    if (this.format === 'csv' && !this.quiet)
      await writeOut(csvLine(columnEntries(columns).map(([name]) => name)));
    for await (const row of rows) {
      await writeOut(show(row));
      count++;
      if (stdoutClosed.aborted) break;
    }
    return count;
  }

  /** What tables look like where stdout goes. */
  protected async look(): Promise<TableLook> {
    const terminal = onTerminal();
    return {
      widthMax: terminal ? (process.stdout.columns ?? 80) : undefined,
      paint: await paintFor(process.stdout),
      nowMs: Date.now(),
    };
  }

  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    const input = prepared(options ?? (this.ctor as unknown as Interfaces.Input<F, B, A>));
    const typed = await super.parse(input, argv);
    const fromFiles = await argvOfFiles(unsetFlags(input, typed));
    const parsed = fromFiles.length === 0 ? typed : await super.parse(input, [...fromFiles, ...argv]);
    const flags = parsed.flags as {output?: Format; quiet?: boolean; context?: string; 'no-color'?: boolean};
    this.format = flags.output ?? 'table';
    this.quiet = flags.quiet ?? false;
    this.contextName = flags.context;
    if (flags['no-color'] === true) refuseColor();
    return parsed;
  }

  /** Failures are shown by whoever started the command; oclif's own handling would set the process's exit code. */
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }

  private streamLine<Row>(columns: Columns<Row>, line: (row: Row) => string): (row: Row) => string {
    const cells = columnEntries(columns).map(([, cell]) => cell);
    if (this.quiet) return row => idsOf([row], columns);
    if (this.format === 'json' || this.format === 'ndjson') return row => `${stringify(row)}\n`;
    if (this.format === 'csv') return row => csvLine(cells.map(cell => textOf(cellValue(cell(row)))));
    return row => `${line(row)}\n`;
  }
}

function idsOf<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  const id = columnEntries(columns)[0]?.[1];
  return id === undefined ? '' : rows.map(row => `${textOf(cellValue(id(row)))}\n`).join('');
}

/**
 * Gives every flag its variable, `IOTCTL_{FLAG}`, where it names none itself. And leaves stdin alone: oclif would read
 * it for an argument that is missing, and swallow what a loop of the shell meant for its next round.
 */
function prepared<T extends {flags?: object; baseFlags?: object; args?: object}>(input: T): T {
  const named = (flag: {env?: string}, name: string): object => ({...flag, env: flag.env ?? envNameOf(name)});
  return {
    ...input,
    flags: mapValues(input.flags ?? {}, named),
    baseFlags: mapValues(input.baseFlags ?? {}, named),
    args: mapValues(input.args ?? {}, arg => ({...arg, ignoreStdin: true})),
  };
}

const mapValues = (map: object, change: (value: object, key: string) => object): object =>
  Object.fromEntries(
    Object.entries(map as Record<string, object>).map(([key, value]) => [key, change(value, key)]),
  );

/** The flags that neither the arguments nor the environment set. */
function unsetFlags(
  input: {flags?: object; baseFlags?: object},
  parsed: {
    flags: object;
    metadata: {flags: Readonly<Record<string, {setFromDefault?: boolean} | undefined>>};
  },
): string[] {
  return Object.keys({...input.baseFlags, ...input.flags}).filter(
    name => !Object.hasOwn(parsed.flags, name) || parsed.metadata.flags[name]?.setFromDefault === true,
  );
}
