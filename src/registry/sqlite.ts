/**
 * The SQLite file, in the shape that Kysely drives: prepared statements are kept, parameters are checked, and
 * errors of the file itself become errors of ours.
 */
import {chmodSync, closeSync, mkdirSync, openSync} from 'node:fs';
import {join} from 'node:path';
import type {SqliteDatabase, SqliteStatement} from 'kysely';
import Database from 'libsql';
import {type ErrorCode, IotctlError} from '../domain/errors.js';

const FILE_NAME = 'registry.db';

/** WAL with a full sync: what was committed is on disk, also after a power cut. */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA busy_timeout = 5000;
  PRAGMA trusted_schema = OFF;`;

/** Statements kept prepared; more than the registry has, so that only one-off inserts fall out. */
const STATEMENTS_MAX = 256;

/** Inserts of many rows have long texts that hardly ever come twice. */
const CACHED_SQL_MAX = 4096;

/** What the file's error means to a user, by SQLite's primary result code. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  SQLITE_CORRUPT: 'IOT_DATA_CORRUPT',
  SQLITE_NOTADB: 'IOT_DATA_CORRUPT',
  SQLITE_FULL: 'IOT_DISK_FULL',
  SQLITE_BUSY: 'IOT_DATA_HELD',
};

/** Opens `{folder}/registry.db`, both private to this user. Throws `IOT_DATA_CORRUPT`, naming the file. */
export function openSqlite(folder: string): SqliteFile {
  mkdirSync(folder, {recursive: true, mode: 0o700});
  chmodSync(folder, 0o700);
  const path = join(folder, FILE_NAME);
  // SQLite gives its -wal and -shm files the mode of the main file, so that one has to be private first.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const file = new SqliteFile(path);
  try {
    file.prepareFile();
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}

export class SqliteFile implements SqliteDatabase {
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #database: Database.Database;

  constructor(readonly path: string) {
    this.#database = this.#guard(() => new Database(path));
  }

  prepareFile(): void {
    this.#guard(() => this.#database.exec(PRAGMAS));
    const [check] = this.prepare('PRAGMA quick_check(1)').all([]) as {quick_check: string}[];
    if (check?.quick_check !== 'ok') throw this.corrupt(check?.quick_check ?? 'no answer');
  }

  corrupt(reason: string, cause?: unknown): IotctlError {
    return new IotctlError('IOT_DATA_CORRUPT', `${this.path} cannot be used: ${reason}`, {cause});
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  prepare(sql: string): SqliteStatement {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    const statement = this.#wrap(this.#guard(() => this.#database.prepare<unknown[]>(sql)));
    if (sql.length <= CACHED_SQL_MAX) this.#keep(sql, statement);
    return statement;
  }

  close(): void {
    try {
      // libsql keeps its connection until the statements are collected, so the log is emptied while it is ours.
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // What could not be moved stays in the log, where the next start finds it.
    }
    this.#statements.clear();
    this.#database.close();
  }

  #keep(sql: string, statement: SqliteStatement): void {
    if (this.#statements.size >= STATEMENTS_MAX) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest);
        break;
      }
    }
    this.#statements.set(sql, statement);
  }

  #wrap(statement: Database.Statement): SqliteStatement {
    return {
      reader: statement.reader,
      all: parameters => this.#guard(() => statement.all(bindable(parameters))),
      run: parameters => this.#guard(() => statement.run(bindable(parameters))),
      iterate: parameters => this.#guard(() => statement.iterate(bindable(parameters))),
    };
  }

  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw this.#translate(error);
    }
  }

  #translate(error: unknown): unknown {
    const sqliteCode = (error as {code?: unknown}).code;
    if (typeof sqliteCode !== 'string') return error;
    const code = CODES[sqliteCode.split('_', 2).join('_')];
    if (code === undefined) return error;
    return new IotctlError(code, `${this.path} cannot be used: ${(error as Error).message}`, {cause: error});
  }
}

/** libsql ends the whole process when it is given a boolean, and takes undefined for NULL. */
function bindable(parameters: readonly unknown[]): unknown[] {
  for (const parameter of parameters) {
    if (parameter === null || typeof parameter === 'string') continue;
    if (typeof parameter === 'number' && Number.isFinite(parameter)) continue;
    throw new TypeError(`not a parameter for SQLite: a ${typeof parameter}`);
  }
  return parameters as unknown[];
}
