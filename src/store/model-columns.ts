/** The columns that the versions of a model have together. */
import type {MetricType, ModelSpec} from '../domain/model.js';

export interface MetricColumn {
  readonly metric: string;
  /** The metric's name, unless the table has a column of that name already. */
  readonly column: string;
  readonly type: 'DOUBLE' | 'BIGINT' | 'BOOLEAN' | 'VARCHAR';
}

/** Of every model's table, before its metrics. */
export const OWN_COLUMNS = `
  time TIMESTAMPTZ NOT NULL,
  recorded_time TIMESTAMPTZ NOT NULL,
  device VARCHAR NOT NULL,
  component VARCHAR,
  version BIGINT NOT NULL,
  "offset" BIGINT NOT NULL`;

const OWN_NAMES: readonly string[] = ['time', 'recorded_time', 'device', 'component', 'version', 'offset'];

const TYPES: Readonly<Record<MetricType, MetricColumn['type']>> = {
  number: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
};

/** SQL's names know no case: a prefix keeps models apart from the tables that there are for all. */
export const tableOf = (model: string): string => `model_${model.toLowerCase()}`;

/**
 * One for each metric of the device and of its components, in all versions, oldest first. Where they differ in type the
 * wider one is taken: whole numbers among numbers, texts among anything else.
 */
export function columnsOf(specs: readonly ModelSpec[]): MetricColumn[] {
  const types = new Map<string, MetricColumn['type']>();
  for (const [metric, type] of specs.flatMap(metricsOf)) {
    const known = types.get(metric);
    types.set(metric, known === undefined || known === type ? type : wider(known, type));
  }
  const taken = new Set(OWN_NAMES);
  return [...types].map(([metric, type]) => {
    let column = metric;
    while (taken.has(column.toLowerCase())) column += '_';
    taken.add(column.toLowerCase());
    return {metric, column, type};
  });
}

const metricsOf = ({metrics = {}, components = {}}: ModelSpec): [string, MetricColumn['type']][] =>
  [metrics, ...Object.values(components).map(component => component.metrics ?? {})].flatMap(group =>
    Object.entries(group).map(([name, {type}]): [string, MetricColumn['type']] => [name, TYPES[type]]),
  );

const wider = (one: MetricColumn['type'], other: MetricColumn['type']): MetricColumn['type'] =>
  NUMBERS.has(one) && NUMBERS.has(other) ? 'DOUBLE' : 'VARCHAR';

const NUMBERS = new Set(['DOUBLE', 'BIGINT']);
