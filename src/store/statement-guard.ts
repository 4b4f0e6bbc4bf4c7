/**
 * What a query may say: one statement that reads. DuckDB's own parser decides (`json_serialize_sql` gives its tree
 * and refuses what is not a SELECT); this file then looks for what reads more than the tables, or ends the process.
 *
 * The settings of the instance and the read-only transaction stand behind it; they do not stop everything:
 * `FROM enable_profiling()` writes to stdout, and some functions overflow the stack on JSON nested deeply enough.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';
import {refuseOtherTables} from './limited-guard.js';
import {isNode, type Node, nameOf, refused} from './statement-tree.js';

/** Longer statements are refused: DuckDB's planner cannot be interrupted, and deep recursion needs long text. */
const SQL_BYTES_MAX = 32 * 1024;

/** Tables that a statement names, each counted as often as the CTEs around it unfold: planning grows with its cube. */
const TABLES_MAX = 32;

/** Everything else that can stand in FROM with arguments reads files, settings or memory, or changes something. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'range',
  'generate_series',
  'unnest',
  'repeat',
  'repeat_row',
  'json_each',
  'duckdb_columns',
  'duckdb_functions',
  'duckdb_keywords',
  'duckdb_tables',
  'duckdb_types',
  'pragma_table_info',
  'pragma_version',
  'pg_timezone_names',
  'icu_calendar_names',
]);

/** These recurse over their argument without a limit of depth (DuckDB 1.5.5): a string built by the query ends the process. */
const REFUSED_FUNCTIONS: ReadonlySet<string> = new Set([
  'json_structure',
  'json_group_structure',
  'json_contains',
  'json_merge_patch',
  'json_serialize_sql',
  'json_deserialize_sql',
  'json_serialize_plan',
  'json_execute_serialized_sql',
  'write_log',
]);

/** These recurse over the path or shape that is their second argument: it has to stand in the statement itself. */
const SHAPED_FUNCTIONS: ReadonlySet<string> = new Set([
  '->',
  '->>',
  'json_array_length',
  'json_exists',
  'json_extract',
  'json_extract_path',
  'json_extract_path_text',
  'json_extract_string',
  'json_keys',
  'json_transform',
  'json_transform_strict',
  'from_json',
  'from_json_strict',
  'json_type',
  'json_value',
]);

/** Where `x -> …` is a function of x; everywhere else it takes a value out of JSON. */
const LAMBDA_FUNCTION = /^(?:list|array)_(?:transform|apply|filter|reduce)$|^(?:apply|filter|reduce)$/;

/** DuckDB takes a table that is not there for a file, and the archive's files are within its reach. No table is named so. */
const FILE_NAME = /[/\\*?[]/;

const EXPLAIN = /^\s*(EXPLAIN(?:\s+ANALYZE)?)\s+/i;

export interface GuardedStatement {
  readonly text: string;
  /** Of tables, views and common table expressions, in lower case. */
  readonly names: ReadonlySet<string>;
}

/**
 * Gives back what to run; `only` are the tables of a caller who sees some devices only. Throws `IOT_QUERY_INVALID`
 * (not SQL) or `IOT_QUERY_REFUSED` (not one reading statement over the tables).
 */
export async function guardStatement(
  connection: DuckDBConnection,
  sql: string,
  {only}: {only?: readonly string[] | undefined} = {},
): Promise<GuardedStatement> {
  if (Buffer.byteLength(sql) > SQL_BYTES_MAX) throw refused(`it is longer than ${SQL_BYTES_MAX} bytes`);
  // DuckDB's C interface would end the statement there, and this guard see another one than is run.
  if (sql.includes('\0')) throw refused('it holds a NUL character');
  const explain = EXPLAIN.exec(sql);
  const reading = explain === null ? sql : sql.slice(explain[0].length);
  const root = await parse(connection, reading);
  const statements = root.statements as readonly Node[];
  if (statements.length !== 1) throw refused(`it is ${statements.length} statements, not one`);
  refuseFunctions(statements[0]!);
  if (only) {
    // Plans tell how many rows there are.
    if (explain !== null) throw refused('it explains a plan');
    refuseOtherTables(statements[0]!, new Set(only.map(table => table.toLowerCase())));
  }
  const tables = countTables(statements[0]!, new Map());
  if (tables > TABLES_MAX) throw refused(`it reads more than ${TABLES_MAX} tables`);
  const text = explain === null ? sql : `${explain[1]} ${reading}`;
  return {text, names: namesIn(statements[0])};
}

async function parse(connection: DuckDBConnection, sql: string): Promise<Node> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  const root = JSON.parse(String(reader.getRows()[0]![0])) as Node;
  if (root.error !== true) return root;
  const message = String(root.error_message);
  if (root.error_type === 'not implemented')
    throw refused('it is not a SELECT, DESCRIBE, SUMMARIZE, SHOW or EXPLAIN');
  throw new IotctlError('IOT_QUERY_INVALID', `${message}${positionOf(root, sql)}`);
}

function positionOf(root: Node, sql: string): string {
  const position = Number(root.position);
  if (root.position === undefined || !Number.isInteger(position)) return '';
  const before = sql.slice(0, position).split('\n');
  return ` (line ${before.length}, column ${before.at(-1)!.length + 1})`;
}

function refuseFunctions(statement: Node): void {
  const pending: {node: Node; inLambdaFunction: boolean}[] = [{node: statement, inLambdaFunction: false}];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const {node} = item;
    refuseNode(node, item.inLambdaFunction);
    const inLambdaFunction = node.children !== undefined && LAMBDA_FUNCTION.test(nameOf(node));
    for (const [key, child] of Object.entries(node)) {
      for (const entry of Array.isArray(child) ? (child as unknown[]) : [child]) {
        if (isNode(entry))
          pending.push({node: entry, inLambdaFunction: inLambdaFunction && key === 'children'});
      }
    }
  }
}

function refuseNode(node: Node, inLambdaFunction: boolean): void {
  const name = nameOf(node);
  if (node.type === 'TABLE_FUNCTION') {
    const called = nameOf(node.function as Node);
    if (!TABLE_FUNCTIONS.has(called)) throw refused(`it calls ${called || 'a table function'}`);
  }
  if (node.type === 'BASE_TABLE' && FILE_NAME.test(String(node.table_name)))
    throw refused(`it reads the file ${JSON.stringify(node.table_name)}`);
  if (REFUSED_FUNCTIONS.has(name)) throw refused(`it calls ${name}`);
  if (SHAPED_FUNCTIONS.has(name) && !argumentsOf(node).slice(1).every(isConstant)) {
    throw refused(`the path or shape given to ${name} is not a constant`);
  }
  if (node.type === 'LAMBDA' && !inLambdaFunction && !isConstant(node.expr)) {
    throw refused('the path given to -> is not a constant');
  }
  if (node.id === 'VARIANT') throw refused('it uses the type VARIANT');
}

const argumentsOf = (node: Node): readonly unknown[] =>
  (node.children as readonly unknown[] | undefined) ?? [];

/** A literal, or a list of literals. */
function isConstant(value: unknown): boolean {
  if (!isNode(value)) return false;
  if (value.class === 'CONSTANT') return true;
  if (value.class === 'CAST') return isConstant(value.child);
  return nameOf(value) === 'list_value' && argumentsOf(value).every(isConstant);
}

function namesIn(part: unknown, names = new Set<string>()): Set<string> {
  if (!isNode(part)) return names;
  if (part.type === 'BASE_TABLE') names.add(String(part.table_name).toLowerCase());
  for (const child of Object.values(part)) namesIn(child, names);
  return names;
}

/** How many tables a part of a statement reads once its CTEs are unfolded. */
function countTables(part: unknown, ctes: ReadonlyMap<string, number>): number {
  if (Array.isArray(part)) {
    return (part as unknown[]).reduce<number>((sum, entry) => sum + countTables(entry, ctes), 0);
  }
  if (!isNode(part)) return 0;
  if (part.type === 'BASE_TABLE') return ctes.get(String(part.table_name).toLowerCase()) ?? 1;
  if (part.type === 'TABLE_FUNCTION') return 1;
  const inner = withCtes(part, ctes);
  return Object.entries(part).reduce(
    (sum, [key, child]) => sum + (key === 'cte_map' ? 0 : countTables(child, inner)),
    0,
  );
}

function withCtes(part: Node, outer: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const entries = (part.cte_map as {map?: {key: string; value: unknown}[]} | undefined)?.map;
  if (entries === undefined || entries.length === 0) return outer;
  const ctes = new Map(outer);
  for (const {key, value} of entries) ctes.set(key.toLowerCase(), Math.max(1, countTables(value, ctes)));
  return ctes;
}
