/**
 * What a query of a caller may name who sees some devices only: the tables about devices, and what it defines itself. All
 * else is refused, however it is written: names with a schema, views of the catalogue, functions that tell of tables.
 */

import {isNode, type Node, nameOf, refused} from './statement-tree.js';

/** These make rows out of their arguments alone. */
const ROW_FUNCTIONS: ReadonlySet<string> = new Set([
  'range',
  'generate_series',
  'unnest',
  'repeat',
  'repeat_row',
  'json_each',
]);

/** Tells the smallest and the largest value of a column, of all rows. */
const TELLING_FUNCTIONS: ReadonlySet<string> = new Set(['stats']);

/** Throws `IOT_QUERY_REFUSED`. */
export function refuseOtherTables(statement: unknown, names: ReadonlySet<string>): void {
  if (Array.isArray(statement)) {
    for (const entry of statement as unknown[]) refuseOtherTables(entry, names);
    return;
  }
  if (!isNode(statement)) return;
  refuseNode(statement, names);
  const inner = checkCtes(statement, names);
  for (const [key, child] of Object.entries(statement))
    if (key !== 'cte_map') refuseOtherTables(child, inner);
}

function refuseNode(node: Node, names: ReadonlySet<string>): void {
  if (node.type === 'BASE_TABLE') {
    const table = String(node.table_name);
    const qualified = node.schema_name !== '' || node.catalog_name !== '';
    if (qualified || !names.has(table.toLowerCase())) throw refused(`it reads ${JSON.stringify(table)}`);
  }
  if (node.type === 'SHOW_REF' && node.query === null) throw refused('it lists tables');
  if (node.type === 'TABLE_FUNCTION') {
    const called = nameOf(node.function as Node);
    if (!ROW_FUNCTIONS.has(called)) throw refused(`it calls ${called || 'a table function'}`);
  }
  if (TELLING_FUNCTIONS.has(nameOf(node))) throw refused(`it calls ${nameOf(node)}`);
}

/** Each definition sees those before it, and itself only where it is recursive: DuckDB takes other names for tables. */
function checkCtes(node: Node, outer: ReadonlySet<string>): ReadonlySet<string> {
  const entries = (node.cte_map as {map?: {key: string; value: Node}[]} | undefined)?.map ?? [];
  if (entries.length === 0) return outer;
  const names = new Set(outer);
  for (const {key, value} of entries) {
    const body = (value.query as Node | undefined)?.node;
    const recursive = isNode(body) && body.type === 'RECURSIVE_CTE_NODE';
    refuseOtherTables(value, recursive ? new Set([...names, key.toLowerCase()]) : names);
    names.add(key.toLowerCase());
  }
  return names;
}
