/**
 * One typed table for each model, filled in the transaction that stores the events. A new version adds columns, and no
 * row is written anew. A value that is not of its column's type is NULL there, and as it was sent in `events`.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import type {StoredEvent} from '../domain/event.js';
import type {ModelSpec} from '../domain/model.js';
import {columnsOf, type MetricColumn, OWN_COLUMNS, tableOf} from './model-columns.js';
import {quoted} from './sql-text.js';

/** All versions of a model, oldest first; empty where it was deleted. */
export type LoadVersions = (request: {tenant: string; name: string}) => Promise<readonly ModelSpec[]>;

interface TypedTable {
  readonly name: string;
  readonly columns: readonly MetricColumn[];
  /** That its columns are of. */
  readonly versions: ReadonlySet<number>;
}

/** `urn:iotctl:{tenant}:{model}:{version}`; no name has a colon. */
const SCHEMA = /^urn:iotctl:[^:]+:([^:]+):(\d+)$/;

export class ModelTables {
  readonly #tenant: string;
  readonly #load: LoadVersions;
  readonly #tables = new Map<string, TypedTable>();

  constructor(tenant: string, load: LoadVersions) {
    this.#tenant = tenant;
    this.#load = load;
  }

  /** Makes what the events need and is not there. Gives back the models that they are of. */
  async prepare(writer: DuckDBConnection, events: readonly StoredEvent[]): Promise<string[]> {
    const wanted = new Map<string, Set<number>>();
    for (const {type, attributes} of events) {
      const parts =
        type === 'telemetry' && attributes?.dataschema ? SCHEMA.exec(attributes.dataschema) : null;
      if (parts) wanted.set(parts[1]!, (wanted.get(parts[1]!) ?? new Set()).add(Number(parts[2])));
    }
    for (const [model, versions] of wanted) await this.#prepare(writer, model, versions);
    return [...wanted.keys()].filter(model => this.#tables.has(model));
  }

  /** Adds the rows of events of these offsets; to be called where they have just been appended. */
  async fill(
    writer: DuckDBConnection,
    model: string,
    {from, before}: {from: number; before: number},
  ): Promise<void> {
    const {name, columns} = this.#tables.get(model)!;
    const names = columns.map(({column}) => quoted(column));
    await writer.run(
      `INSERT INTO ${quoted(name)} (time, recorded_time, device, component, version, "offset" ${names.map(text => `, ${text}`).join('')})
        WITH said AS (
          SELECT "offset", time, recorded_time, device, component, attributes->>'dataschema' AS dataschema,
            unnest(CASE WHEN json_type(body) = 'ARRAY' THEN from_json(body, '["JSON"]') ELSE [body] END) AS entry
          FROM events
          WHERE "offset" >= $1 AND "offset" < $2
            AND type = 'telemetry' AND split_part(attributes->>'dataschema', ':', 4) = $3
        ), valued AS (
          SELECT *, json_type(entry, '$.v') = 'OBJECT' AS timed,
            CASE WHEN json_type(entry, '$.v') = 'OBJECT' THEN entry->'$.v' ELSE entry END AS v
          FROM said
        )
        SELECT
          CASE WHEN timed AND json_type(entry, '$.ts') IN (${NUMBERS})
            THEN coalesce(try(make_timestamptz(CAST(trunc(CAST(entry->>'$.ts' AS DOUBLE)) AS BIGINT) * 1000)), time)
            ELSE time END,
          recorded_time, device, component, CAST(split_part(dataschema, ':', 5) AS BIGINT), "offset"
          ${columns.map(column => `, ${sqlOfValue(column)}`).join('')}
        FROM valued`,
      [BigInt(from), BigInt(before), model],
    );
  }

  async #prepare(writer: DuckDBConnection, model: string, versions: ReadonlySet<number>): Promise<void> {
    const known = this.#tables.get(model);
    if (known && [...versions].every(version => known.versions.has(version))) return;
    const specs = await this.#load({tenant: this.#tenant, name: model});
    if (specs.length === 0) return;
    const name = tableOf(model);
    await writer.run(`CREATE TABLE IF NOT EXISTS ${quoted(name)} (${OWN_COLUMNS})`);
    for (const {column, type} of columnsOf(specs))
      await writer.run(`ALTER TABLE ${quoted(name)} ADD COLUMN IF NOT EXISTS ${quoted(column)} ${type}`);
    this.#tables.set(model, {
      name,
      columns: await this.#asTheyAre(writer, name, columnsOf(specs)),
      versions: new Set([...specs.map(({version}) => version), ...versions]),
    });
  }

  /** A column that is there keeps the type that it has. */
  async #asTheyAre(
    writer: DuckDBConnection,
    table: string,
    columns: readonly MetricColumn[],
  ): Promise<MetricColumn[]> {
    const reader = await writer.runAndReadAll(
      `SELECT lower(column_name), data_type FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = $1`,
      [table],
    );
    const types = new Map(reader.getRows().map(([name, type]) => [String(name), String(type)]));
    return columns.map(column => ({
      ...column,
      type: types.get(column.column.toLowerCase()) as MetricColumn['type'],
    }));
  }
}

/** What `json_type` calls numbers. */
const NUMBERS = `'DOUBLE', 'BIGINT', 'UBIGINT', 'HUGEINT'`;
const WHOLE_NUMBERS = `'BIGINT', 'UBIGINT'`;

/** Names of nested readings are joined by a dot: one key, or one in the other. */
function sqlOfValue({metric, type}: MetricColumn): string {
  const paths = [
    ...new Set([
      `$."${metric}"`,
      `$.${metric
        .split('.')
        .map(key => `"${key}"`)
        .join('.')}`,
    ]),
  ];
  const values = paths.map(path => valueAt(`'${path}'`, type));
  return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`;
}

function valueAt(path: string, type: MetricColumn['type']): string {
  const kinds = {DOUBLE: NUMBERS, BIGINT: WHOLE_NUMBERS, BOOLEAN: `'BOOLEAN'`, VARCHAR: undefined}[type];
  const value = `TRY_CAST(v->>${path} AS ${type})`;
  return kinds === undefined ? value : `CASE WHEN json_type(v, ${path}) IN (${kinds}) THEN ${value} END`;
}
