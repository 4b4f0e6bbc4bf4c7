/** What every command shares: the global flags, one way to print results, one way to fail, one way to the platform. */

import type {Interfaces} from '@oclif/core';
import {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import type {ApiClient} from '../client/api-client.js';
import type {Context} from '../client/contexts.js';
import {csvLine} from '../domain/csv.js';
import {IotctlError} from '../domain/errors.js';
import {paintFor, refuseColor} from './color.js';
import {prepared, unsetFlags} from './flag-input.js';
import {type Columns, columnEntries, FORMATS, type Format, renderOne, renderRows} from './output.js';
import {argvOfFiles} from './settings.js';
import {onTerminal, stdoutClosed, writeOut} from './stdout.js';
import {idsOf, lineOf} from './stream-line.js';
import type {TableLook} from './table.js';
import {knownSecrets, type TypedToken, typedWords} from './typed-words.js';

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
  /** Does it destroy what cannot be had back? Then a protected context asks for its name first. */
  static destructive = false;

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
    'yes-i-mean': Flags.string({
      description: 'the name of a protected context, to go on without being asked for it',
      helpValue: 'CONTEXT',
      // Typed each time: a variable that stays set would confirm everything.
      env: '',
      helpGroup: 'GLOBAL',
    }),
  };

  /** Known once the command has parsed its flags. */
  protected format: Format = 'table';
  protected quiet = false;
  protected contextName: string | undefined;

  private known: Promise<Context> | undefined;
  /** What was typed, as the log of changes may keep it; the secrets in it are known only with the context. */
  private typedTokens: readonly TypedToken[] = [];

  /** The client of the platform that the current context names. Throws `IOT_CONTEXT_KIND` for a plain broker. */
  protected async api(): Promise<ApiClient> {
    const {openApi} = await import('./platform-access.js');
    const context = await this.context();
    return openApi(context, this.typed(context));
  }

  /** The context of `--context`, or the current one. Throws `IOT_CONTEXT_UNKNOWN` or `IOT_CONTEXT_MISSING`. */
  protected async context(): Promise<Context> {
    this.known ??= import('./used-context.js').then(({usedContext}) => usedContext(this.contextName));
    return this.known;
  }

  /** The context for commands that speak MQTT; undefined where there is none at all. */
  protected async brokerContext(): Promise<Context | undefined> {
    try {
      return await this.context();
    } catch (error) {
      if (error instanceof IotctlError && error.code === 'IOT_CONTEXT_MISSING') return undefined;
      throw error;
    }
  }

  protected async contextBrokerUrl(): Promise<string | undefined> {
    return (await this.brokerContext())?.mqttUrl;
  }

  /** The words of the command line as they may be kept: without secrets. */
  protected typed(context: Context): string[] {
    const flags: Readonly<Record<string, {type?: string}>> = {...this.ctor.baseFlags, ...this.ctor.flags};
    return typedWords(this.id ?? this.ctor.id ?? '', this.typedTokens, {
      isSwitch: name => flags[name]?.type === 'boolean',
      secrets: knownSecrets(context),
    });
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
    const show = lineOf(columns, line, {format: this.format, quiet: this.quiet});
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
    this.contextName = namesPlatform(typed.raw) ? flags.context : undefined;
    if (flags['no-color'] === true) refuseColor();
    this.typedTokens = typed.raw;
    if ((this.ctor as typeof IotctlCommand).destructive) await this.confirmDestruction(parsed.flags);
    return parsed;
  }

  /** Failures are shown by whoever started the command; oclif's own handling would set the process's exit code. */
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }

  /** Whoever gives the name of a protected context has agreed to whatever `--yes` stands for. */
  private async confirmDestruction(flags: Record<string, unknown>): Promise<void> {
    if (flags['dry-run'] === true) return;
    const {confirmProtected} = await import('./protection.js');
    const confirmed = await confirmProtected(await this.context(), flags['yes-i-mean'] as string | undefined);
    if (confirmed && Object.hasOwn(this.ctor.flags, 'yes')) flags.yes = true;
  }
}

/** A platform that the environment gives with `IOTCTL_URL` goes before a context that was not typed. */
const namesPlatform = (typed: readonly TypedToken[]): boolean =>
  (!process.env.IOTCTL_URL && !process.env.IOTCTL_TOKEN) ||
  typed.some(token => token.type === 'flag' && token.flag === 'context');
