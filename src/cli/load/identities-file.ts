/** `--identities FILE`: a CSV with a header, and a row for each client. */
import {readFile} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {parse} from 'csv-parse/sync';
import {IotctlError} from '../../domain/errors.js';
import type {ListedIdentity} from '../../sim/load/identity.js';

const COLUMNS = ['id', 'username', 'password', 'cert', 'key'] as const;
type Column = (typeof COLUMNS)[number];

/** By index from 0. Throws `IOT_INPUT_INVALID` with the file, the line, and what was expected. */
export async function readIdentities(file: string): Promise<Readonly<Record<number, ListedIdentity>>> {
  const rows = recordsOf(await textOf(file, file), file);
  if (rows.length === 0) throw invalid(file, 1, 'expected a header and at least one row');
  const pems = new Map<string, string>();
  const ids = new Map<string, number>();
  const listed: Record<number, ListedIdentity> = {};
  for (const [index, {record, line}] of rows.entries()) {
    const {id, username, password, cert, key} = record;
    if (id && ids.has(id))
      throw invalid(
        file,
        line,
        `expected an id of its own, found ${JSON.stringify(id)} of line ${ids.get(id)} again`,
      );
    if (id) ids.set(id, line);
    if (Boolean(cert) !== Boolean(key))
      throw invalid(file, line, `expected both cert and key, found only ${cert ? 'cert' : 'key'}`);
    listed[index] = {
      ...(id ? {clientId: id} : {}),
      ...(username ? {username} : {}),
      ...(password ? {password} : {}),
      ...(cert && key
        ? {cert: await pemOf(cert, file, line, pems), key: await pemOf(key, file, line, pems)}
        : {}),
    };
  }
  return listed;
}

interface Row {
  readonly record: Readonly<Partial<Record<Column, string>>>;
  readonly line: number;
}

/** With `info`, csv-parse gives this for a row. */
interface Parsed {
  readonly record: Row['record'];
  readonly info: {readonly lines: number};
}

/** Of csv-parse's `CsvError`, what is read here. */
interface RefusedCsv extends Error {
  readonly code?: string;
  readonly lines?: number;
  readonly columns?: readonly unknown[];
  readonly record?: readonly unknown[];
}

function recordsOf(text: string, file: string): Row[] {
  try {
    const rows = parse<Parsed>(text, {
      bom: true,
      columns: names => checkedHeader(names as string[], file),
      info: true,
      skip_empty_lines: true,
      trim: true,
    });
    return rows.map(({record, info}) => ({record, line: info.lines}));
  } catch (error) {
    if (error instanceof IotctlError) throw error;
    const {lines = 1, message, code, columns, record} = error as RefusedCsv;
    if (code === 'CSV_RECORD_INCONSISTENT_COLUMNS')
      throw invalid(
        file,
        lines,
        `expected ${columns?.length} columns like the header, found ${record?.length}`,
      );
    throw invalid(file, lines, message);
  }
}

function checkedHeader(names: readonly string[], file: string): string[] {
  const strange = names.find(name => !(COLUMNS as readonly string[]).includes(name));
  if (strange !== undefined)
    throw invalid(file, 1, `expected columns among ${COLUMNS.join(', ')}, found ${JSON.stringify(strange)}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(file, 1, `expected each column once, found ${twice} twice`);
  return [...names];
}

/** Paths are those of the CSV's folder. */
async function pemOf(path: string, file: string, line: number, known: Map<string, string>): Promise<string> {
  const full = resolve(dirname(file), path);
  const pem = known.get(full) ?? (await textOf(full, `${file}:${line}`));
  known.set(full, pem);
  if (pem.includes('-----BEGIN ')) return pem;
  throw invalid(file, line, `expected a PEM file, found ${path}`);
}

async function textOf(path: string, where: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `${where}: cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const invalid = (file: string, line: number, why: string): IotctlError =>
  new IotctlError('IOT_INPUT_INVALID', `${file}:${line}: ${why}`);
