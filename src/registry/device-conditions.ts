/** Which devices: selectors, scopes and `where` as conditions of SQL. Whatever somebody wrote is a parameter. */
import {type RawBuilder, type SqlBool, sql} from 'kysely';
import type {DeviceScope} from '../domain/access.js';
import type {DeviceField, KeyedDeviceField, KeyedField, PlainField} from '../domain/device-fields.js';
import type {Comparison, JsonScalar, WhereTerm} from '../domain/device-where.js';
import {parseModelRef} from '../domain/model.js';
import type {SelectorTerm} from '../domain/selector.js';

/** On a row of `devices`. */
export type Condition = RawBuilder<SqlBool>;

export const allOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`TRUE` : sql`(${sql.join(conditions, sql` AND `)})`;

const noneBut = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`FALSE` : sql`(${sql.join(conditions, sql` OR `)})`;

/** `site=oslo,model=thermostat`: labels; the key `model` is the device's model. */
export const chosenBy = (terms: readonly SelectorTerm[]): Condition =>
  allOf(
    terms.map(({key, value}) =>
      key === 'model' ? sql<SqlBool>`devices.model = ${value}` : hasLabel(key, [value]),
    ),
  );

export const inScope = (scope: DeviceScope): Condition =>
  scope === 'all' ? allOf([]) : noneBut(scope.map(chosenBy));

export const holdsAll = (terms: readonly WhereTerm[]): Condition => allOf(terms.map(holds));

function holds(term: WhereTerm): Condition {
  const {field} = term;
  switch (term.test) {
    case 'present':
      return wanted(isPresent(field), term.wanted);
    case 'any-of':
      return wanted(isAnyOf(field, term.values), term.wanted);
    case 'like':
      return wanted(sql`(coalesce(${fieldValue(field)}, '') GLOB ${globOf(term.pattern)})`, term.wanted);
    case 'number':
      return sql`(${fieldValue(field)} ${OPERATORS[term.operator]} ${term.value})`;
    case 'json':
      return sql`(${reportedType(term.field)} IN ('integer', 'real') AND ${fieldValue(field)} ${OPERATORS[term.operator]} ${term.value})`;
    case 'json-any-of':
      return wanted(noneBut(term.values.map(value => isScalar(term.field, value))), term.wanted);
    case 'time':
      return sql`(${fieldValue(field)} ${OPERATORS[term.operator]} ${term.timeMs})`;
  }
}

/** What is not there is not equal either. */
const wanted = (condition: Condition, isWanted: boolean): Condition =>
  isWanted ? condition : sql`NOT ${condition}`;

const isPresent = (field: DeviceField): Condition =>
  field.name === 'component'
    ? sql`(devices.components <> '{}')`
    : field.name === 'via'
      ? sql`(devices.via <> '[]')`
      : sql`(${fieldValue(field)} IS NOT NULL)`;

function isAnyOf(field: DeviceField, values: readonly string[]): Condition {
  switch (field.name) {
    case 'label':
      return hasLabel(field.key, values);
    case 'model':
      return noneBut(values.map(isModel));
    case 'component':
      return sql`EXISTS (SELECT 1 FROM json_each(devices.components) AS part WHERE part.key IN (${sql.join(values)}))`;
    case 'via':
      return sql`EXISTS (SELECT 1 FROM device_gateways AS g WHERE g.tenant = devices.tenant
        AND g.device = devices.id AND g.gateway IN (${sql.join(values)}))`;
    default:
      return sql`(coalesce(${fieldValue(field)}, '') IN (${sql.join(values)}))`;
  }
}

function hasLabel(key: string, values: readonly string[]): Condition {
  return sql`EXISTS (SELECT 1 FROM device_labels AS label WHERE label.tenant = devices.tenant AND label.key = ${key}
    AND label.value IN (${sql.join(values)}) AND label.device = devices.id)`;
}

function isModel(ref: string): Condition {
  const {name, version} = parseModelRef(ref);
  const named: Condition = sql`(devices.model = ${ref})`;
  return version === undefined
    ? named
    : sql`(${named} OR (devices.model = ${name} AND devices.model_version = ${version}))`;
}

const COLUMNS: Readonly<Record<Exclude<PlainField, 'component' | 'via'>, RawBuilder<unknown>>> = {
  id: sql`devices.id`,
  model: sql`devices.model`,
  modelVersion: sql`devices.model_version`,
  version: sql`devices.version`,
  lifecycle: sql`devices.lifecycle`,
  adminState: sql`devices.admin_state`,
  connectivity: sql`devices.connectivity`,
  health: sql`devices.health`,
  created: sql`devices.created_ms`,
  connected: sql`devices.connected_ms`,
  disconnected: sql`devices.disconnected_ms`,
  lastSeen: sql`devices.last_seen_ms`,
  lastData: sql`devices.last_data_ms`,
};

const DOCUMENTS: Readonly<Record<KeyedField, RawBuilder<unknown>>> = {
  label: sql`devices.labels`,
  metadata: sql`devices.metadata`,
  reported: sql`(SELECT twin.reported FROM twins AS twin WHERE twin.tenant = devices.tenant AND twin.device = devices.id)`,
};

/** A member has no quote in its name either. */
const pathOf = ({name, key}: KeyedDeviceField): string =>
  name === 'reported' ? `$."${key.replaceAll('.', '"."')}"` : `$."${key}"`;

const reportedType = (field: KeyedDeviceField): RawBuilder<unknown> =>
  sql`json_type(${DOCUMENTS.reported}, ${pathOf(field)})`;

/** SQLite has 1 and 0 for truth values, and would take them for numbers. */
function isScalar(field: KeyedDeviceField, value: JsonScalar): Condition {
  const type = reportedType(field);
  if (typeof value === 'boolean') return sql`coalesce(${type} = ${String(value)}, FALSE)`;
  const types = typeof value === 'number' ? sql`('integer', 'real')` : sql`('text')`;
  return sql`coalesce(${type} IN ${types} AND ${fieldValue(field)} = ${value}, FALSE)`;
}

/** NULL where there is none. A key has no quote in it, and goes in as a parameter all the same. */
export const fieldValue = (field: DeviceField): RawBuilder<unknown> =>
  field.key === null
    ? COLUMNS[field.name as keyof typeof COLUMNS]
    : sql`json_extract(${DOCUMENTS[field.name]}, ${pathOf(field)})`;

const OPERATORS: Readonly<Record<Comparison, RawBuilder<unknown>>> = {
  '=': sql`=`,
  '!=': sql`IS NOT`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
};

/** In GLOB a bracket begins a set of characters, unless it is in one. */
const globOf = (pattern: string): string => pattern.replaceAll('[', '[[]');
