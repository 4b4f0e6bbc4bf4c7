/** What the prompt offers for the word before the cursor: SQL's words, tables, their columns, saved queries, its commands. */
import type {QueryTable} from '../../domain/query-schema.js';

const WORDS =
  'SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT JOIN LEFT USING ON AS AND OR NOT IN IS NULL LIKE BETWEEN CASE WHEN THEN ELSE END WITH DISTINCT UNION ALL DESC ASC INTERVAL DESCRIBE SUMMARIZE EXPLAIN count avg min max sum median quantile_cont time_bucket date_trunc now'.split(
    ' ',
  );

export const PROMPT_COMMANDS: Readonly<Record<string, string>> = {
  '.help': 'these commands',
  '.tables': 'the tables',
  '.schema TABLE': 'the columns of a table',
  '.queries': 'the queries of the project file',
  '.timer on|off': 'how long each answer took',
  '.output FORMAT': 'table, json, ndjson, csv or md',
  '.quit': 'leave (Ctrl-D)',
};

export interface Completions {
  readonly tables: readonly QueryTable[];
  readonly queries: readonly string[];
}

/** As `readline` wants it: what fits, and what it takes the place of. */
export function complete(line: string, {tables, queries}: Completions): [string[], string] {
  const word = /[\w.$"]*$/.exec(line)![0];
  if (line.startsWith('.') && !line.includes(' '))
    return [
      fitting(
        Object.keys(PROMPT_COMMANDS).map(text => text.split(' ')[0]!),
        line,
      ),
      line,
    ];
  const ofTable = /^(\w+)\.(\w*)$/.exec(word);
  if (ofTable) {
    const table = tables.find(({name}) => name === ofTable[1]);
    const columns = table?.columns.map(({name}) => `${table.name}.${name}`) ?? [];
    return [fitting(columns, word), word];
  }
  const columns = tables.flatMap(table => table.columns.map(({name}) => name));
  const names = [...tables.map(({name}) => name), ...queries, ...columns, ...WORDS];
  return [fitting([...new Set(names)], word), word];
}

const fitting = (candidates: readonly string[], word: string): string[] =>
  word === '' ? [] : candidates.filter(text => text.toLowerCase().startsWith(word.toLowerCase()));
