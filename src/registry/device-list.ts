/** A page of a tenant's devices: chosen, sorted, and gone on with from where the page before it ended. */
import {type RawBuilder, sql} from 'kysely';
import type {DeviceScope} from '../domain/access.js';
import type {Device} from '../domain/device.js';
import {typeOfField} from '../domain/device-fields.js';
import {type DeviceSort, parseSort} from '../domain/device-sort.js';
import {parseWhere, type WhereTerm} from '../domain/device-where.js';
import {IotctlError} from '../domain/errors.js';
import {parseSelector, type SelectorTerm} from '../domain/selector.js';
import {allOf, type Condition, chosenBy, fieldValue, holdsAll, inScope} from './device-conditions.js';
import {viewOf} from './device-row.js';
import type {DeviceRow} from './tables/devices.js';
import type {Database} from './transact.js';

export interface DeviceChoice {
  /** Labels: `site=oslo,model=thermostat`. */
  readonly selector?: string | undefined;
  /** Terms: `lastSeen>10m`. */
  readonly where?: string | undefined;
  /** What the caller may see; the rest is not there. */
  readonly scope?: DeviceScope | undefined;
}

export interface PageRequest extends DeviceChoice {
  readonly limit: number;
  /** As the page before gave it. */
  readonly cursor?: string | undefined;
  /** `lastSeen:desc`; by id where it is absent. */
  readonly sort?: string | undefined;
}

export interface DevicePage {
  readonly items: Device[];
  readonly nextCursor: string | null;
}

export interface LabelledDevice {
  readonly device: string;
  readonly labels: readonly (string | null)[];
}

/** Labels are counted up to here, in order to begin with the rarest. */
const LABEL_COUNT_MAX = 20_000;

/** SQLite joins 64 tables at most; further labels are asked of the devices that have these. */
const LABELS_JOINED_MAX = 8;

/** Sorted by so much of a text, which is in the cursor. */
const SORT_CHARACTERS = 256;

const BY_ID: DeviceSort = {field: {name: 'id', key: null}, descending: false};

export class DeviceList {
  readonly #database: Database;
  readonly #tenant: string;

  constructor(database: Database, tenant: string) {
    this.#database = database;
    this.#tenant = tenant;
  }

  /** Throws `IOT_USAGE` for what cannot be read, `IOT_REQUEST_INVALID` for a cursor of another list. */
  async page({limit, cursor, sort: sortText, ...choice}: PageRequest): Promise<DevicePage> {
    const sort = sortText === undefined ? BY_ID : parseSort(sortText);
    const source = await this.#source(choice);
    const key = sort.field.name === 'id' ? source.id : sortKeyOf(sort);
    const direction = sort.descending ? sql`DESC` : sql`ASC`;
    const after = cursor === undefined ? [] : [isAfter(readCursor(cursor, sort), {sort, key, id: source.id})];
    const {rows} = await sql<DeviceRow & {sort_key: string | number}>`
      SELECT devices.*, ${key} AS sort_key FROM ${source.tables}
      WHERE ${allOf([...source.conditions, ...after])}
      ORDER BY ${key} ${direction}${sort.field.name === 'id' ? sql`` : sql`, ${source.id}`}
      LIMIT ${limit + 1}`.execute(this.#database);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(viewOf),
      nextCursor: last && rows.length > limit ? cursorOf(sort, last) : null,
    };
  }

  async count(choice: DeviceChoice): Promise<number> {
    const {tables, conditions} = await this.#source(choice);
    const {rows} = await sql<{devices: number}>`
      SELECT count(*) AS devices FROM ${tables} WHERE ${allOf(conditions)}`.execute(this.#database);
    return rows[0]!.devices;
  }

  async ids(choice: DeviceChoice): Promise<string[]> {
    const {tables, conditions, id} = await this.#source(choice);
    const {rows} = await sql<{id: string}>`
      SELECT ${id} AS id FROM ${tables} WHERE ${allOf(conditions)}`.execute(this.#database);
    return rows.map(row => row.id);
  }

  /** Devices with what they are grouped by: the values of these labels, in their order. `model` is the model. */
  async labels(choice: DeviceChoice, keys: readonly string[]): Promise<LabelledDevice[]> {
    const {tables, conditions} = await this.#source(choice);
    const {rows} = await sql<Pick<DeviceRow, 'id' | 'model' | 'labels'>>`
      SELECT devices.id, devices.model, devices.labels FROM ${tables} WHERE ${allOf(conditions)}`.execute(
      this.#database,
    );
    return rows.map(({id, model, labels: text}) => {
      const labels = keys.length === 0 ? {} : (JSON.parse(text) as Record<string, string>);
      return {device: id, labels: keys.map(key => (key === 'model' ? model : (labels[key] ?? null)))};
    });
  }

  /**
   * SQLite does not know which label is rare: whoever asks for two begins with the one that fewer devices have, and looks
   * at a device only when its other labels are right.
   */
  async #source({selector, where, scope = 'all'}: DeviceChoice): Promise<Source> {
    const terms = selector === undefined ? [] : parseSelector(selector);
    const tests = where === undefined ? [] : parseWhere(where, Date.now());
    const rest = [chosenBy(terms), holdsAll(tests), inScope(scope)];
    const [first, ...others] = await this.#rarestFirst(labelsOf(terms, tests, scope));
    if (!first)
      return {
        tables: sql`devices`,
        id: sql`devices.id`,
        conditions: [sql`devices.tenant = ${this.#tenant}`, ...rest],
      };
    const joined = others.map((label, index) => {
      const other = sql.raw(`label_${index}`);
      return sql`CROSS JOIN device_labels AS ${other} ON ${this.#isLabel(other, label)} AND ${other}.device = driver.device`;
    });
    return {
      tables: sql`device_labels AS driver ${sql.join(joined, sql` `)}
        CROSS JOIN devices ON devices.tenant = driver.tenant AND devices.id = driver.device`,
      id: sql`driver.device`,
      conditions: [this.#isLabel(sql.raw('driver'), first), ...rest],
    };
  }

  #isLabel(table: RawBuilder<unknown>, {key, value}: SelectorTerm): Condition {
    return sql`${table}.tenant = ${this.#tenant} AND ${table}.key = ${key} AND ${table}.value = ${value}`;
  }

  async #rarestFirst(labels: readonly SelectorTerm[]): Promise<SelectorTerm[]> {
    if (labels.length < 2) return [...labels];
    const counted = await Promise.all(
      labels.map(async label => ({label, devices: await this.#countOf(label)})),
    );
    counted.sort((a, b) => a.devices - b.devices);
    return counted.slice(0, LABELS_JOINED_MAX).map(({label}) => label);
  }

  async #countOf({key, value}: SelectorTerm): Promise<number> {
    const {rows} = await sql<{devices: number}>`
      SELECT count(*) AS devices FROM (
        SELECT 1 FROM device_labels WHERE tenant = ${this.#tenant} AND key = ${key} AND value = ${value}
        LIMIT ${LABEL_COUNT_MAX}
      )`.execute(this.#database);
    return rows[0]!.devices;
  }
}

interface Source {
  readonly tables: RawBuilder<unknown>;
  /** In whose order the rows are read. */
  readonly id: RawBuilder<unknown>;
  readonly conditions: readonly Condition[];
}

/** Labels that each device has to have. */
const labelsOf = (
  terms: readonly SelectorTerm[],
  tests: readonly WhereTerm[],
  scope: DeviceScope,
): SelectorTerm[] => [
  ...[...terms, ...(scope !== 'all' && scope.length === 1 ? scope[0]! : [])].filter(
    ({key}) => key !== 'model',
  ),
  ...tests.flatMap(term =>
    term.field.name === 'label' && term.test === 'any-of' && term.wanted && term.values.length === 1
      ? {key: term.field.key, value: term.values[0]!}
      : [],
  ),
];

/** What has no value comes before everything else. */
function sortKeyOf({field}: DeviceSort): RawBuilder<unknown> {
  const {kind} = typeOfField(field);
  const value = fieldValue(field);
  // Numbers come before texts, as SQLite has them.
  if (kind === 'json')
    return sql`CASE typeof(${value}) WHEN 'text' THEN substr(${value}, 1, ${SORT_CHARACTERS}) ELSE coalesce(${value}, -1e300) END`;
  return kind === 'time' || kind === 'number'
    ? sql`coalesce(${value}, -1)`
    : sql`substr(coalesce(${value}, ''), 1, ${SORT_CHARACTERS})`;
}

interface Position {
  readonly value: string | number;
  readonly id: string;
}

function isAfter(
  {value, id: last}: Position,
  {sort, key, id}: {sort: DeviceSort; key: RawBuilder<unknown>; id: RawBuilder<unknown>},
): Condition {
  const beyond = sort.descending ? sql`<` : sql`>`;
  if (sort.field.name === 'id') return sql`${id} ${beyond} ${last}`;
  return sql`(${key} ${beyond} ${value} OR (${key} = ${value} AND ${id} > ${last}))`;
}

const sortName = ({field: {name, key}, descending}: DeviceSort): string =>
  `${name}${key === null ? '' : `.${key}`}${descending ? ':desc' : ''}`;

const cursorOf = (sort: DeviceSort, {sort_key, id}: {sort_key: string | number; id: string}): string =>
  Buffer.from(JSON.stringify([sortName(sort), sort_key, id])).toString('base64url');

function readCursor(text: string, sort: DeviceSort): Position {
  try {
    const [name, value, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const readable = typeof value === 'string' || Number.isFinite(value);
    if (name === sortName(sort) && readable && typeof id === 'string')
      return {value: value as string | number, id};
  } catch {
    // Said below.
  }
  throw new IotctlError('IOT_REQUEST_INVALID', 'cursor: not one that this list, so sorted, gave');
}
