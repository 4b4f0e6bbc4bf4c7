/** The prompt of `iotctl query`: statements until `;`, commands that begin with a dot, Ctrl-C for what runs. */
import {createInterface, type Interface} from 'node:readline';
import type {ApiClient} from '../../client/api-client.js';
import type {Query} from '../../client/query-api.js';
import type {SavedQuery} from '../../client/saved-queries.js';
import {IotctlError} from '../../domain/errors.js';
import type {QueryTable} from '../../domain/query-schema.js';
import {type Format, renderRows} from '../output.js';
import {say, writeOut} from '../stdout.js';
import type {TableLook} from '../table.js';
import {rowsOf} from './answer.js';
import {complete, PROMPT_COMMANDS} from './completion.js';
import {readHistory, writeHistory} from './history.js';
import {readParameters} from './parameters.js';
import {sayOf} from './show-answer.js';

export interface PromptOptions {
  readonly api: ApiClient;
  readonly tables: readonly QueryTable[];
  readonly queries: ReadonlyMap<string, SavedQuery>;
  /** What every question is asked with. */
  readonly asked: Omit<Query, 'sql'>;
  readonly format: Format;
  readonly look: () => Promise<TableLook>;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly terminal: boolean;
}

const PROMPT = 'iotctl> ';
const PROMPT_MORE = '   ...> ';
const FORMATS: readonly Format[] = ['table', 'json', 'ndjson', 'csv', 'md'];

export class QueryPrompt {
  readonly #options: PromptOptions;
  #lines: Interface | undefined;
  #statement = '';
  #running: AbortController | undefined;
  #timed = true;
  #format: Format;

  constructor(options: PromptOptions) {
    this.#options = options;
    this.#format = options.format;
  }

  /** Until `.quit` or the end of the input. */
  async run(): Promise<void> {
    const {input, output, terminal, tables, queries} = this.#options;
    const lines = createInterface({
      input,
      output,
      terminal,
      prompt: PROMPT,
      history: await readHistory(),
      historySize: 500,
      removeHistoryDuplicates: true,
      completer: (line: string) => complete(line, {tables, queries: [...queries.keys()]}),
    });
    this.#lines = lines;
    // Ctrl-C ends what runs, then what is typed, and never the prompt.
    lines.on('SIGINT', () => this.#interrupt());
    lines.on('history', history => void writeHistory(history).catch(() => undefined));
    lines.prompt();
    for await (const line of lines) {
      if (await this.#take(line)) break;
      lines.setPrompt(this.#statement === '' ? PROMPT : PROMPT_MORE);
      lines.prompt();
    }
    lines.close();
  }

  #interrupt(): void {
    if (this.#running) {
      this.#running.abort();
      return;
    }
    this.#statement = '';
    this.#options.output.write('\n');
    this.#lines?.setPrompt(PROMPT);
    // What is typed of a line goes too.
    this.#lines?.write(null, {ctrl: true, name: 'e'});
    this.#lines?.write(null, {ctrl: true, name: 'u'});
    this.#lines?.prompt();
  }

  /** Is it over? */
  async #take(line: string): Promise<boolean> {
    const text = line.trim();
    if (this.#statement === '' && text.startsWith('.')) return await this.#command(text);
    this.#statement += `${this.#statement === '' ? '' : '\n'}${line}`;
    if (!text.endsWith(';')) {
      if (this.#statement.trim() === '') this.#statement = '';
      return false;
    }
    const statement = this.#statement.trim();
    this.#statement = '';
    await this.#ask(statement.slice(0, -1));
    return false;
  }

  async #ask(text: string): Promise<void> {
    if (text.trim() === '') return;
    const {api, asked, queries, look} = this.#options;
    const running = new AbortController();
    this.#running = running;
    try {
      const [name = '', ...values] = text.trim().split(/\s+/);
      const saved = queries.get(name);
      const parameters = saved && {...saved.params, ...readParameters([], values)};
      const sql = saved?.sql ?? text;
      const result = await api.query({...asked, sql, ...(parameters ? {parameters} : {})}, running.signal);
      const {rows, columns} = rowsOf(result);
      await writeOut(renderRows(rows, columns, this.#format, await look()));
      sayOf(result, {timed: this.#timed});
    } catch (error) {
      if (running.signal.aborted) say('Cancelled.');
      else if (error instanceof IotctlError) say(`Error: ${error.message}`);
      else throw error;
    } finally {
      this.#running = undefined;
    }
  }

  async #command(text: string): Promise<boolean> {
    const [command, argument] = text.split(/\s+/);
    const {tables, queries} = this.#options;
    if (command === '.quit' || command === '.exit') return true;
    if (command === '.tables') await this.#list(tables, table => [table.name, table.meaning]);
    else if (command === '.schema')
      await this.#list(
        tables
          .filter(({name}) => argument === undefined || name === argument)
          .flatMap(({columns}) => columns),
        column => [column.name, `${column.type}: ${column.meaning}`],
      );
    else if (command === '.queries')
      await this.#list([...queries.values()], query => [query.name, query.description ?? query.sql]);
    else if (command === '.timer' && (argument === 'on' || argument === 'off'))
      this.#timed = argument === 'on';
    else if (command === '.output' && FORMATS.some(format => format === argument))
      this.#format = argument as Format;
    else await this.#list(Object.entries(PROMPT_COMMANDS), entry => entry);
    return false;
  }

  async #list<Item>(items: readonly Item[], cells: (item: Item) => readonly [string, string]): Promise<void> {
    const rows = items.map(cells);
    const width = Math.max(0, ...rows.map(([name]) => name.length));
    await writeOut(rows.map(([name, meaning]) => `${name.padEnd(width)}  ${meaning}\n`).join(''));
  }
}
