/** Kysely's SQLite dialect, corrected in what it does not know of SQLite's transactions. */
import {type DatabaseConnection, type Driver, SqliteAdapter, SqliteDialect, SqliteDriver} from 'kysely';
import type {SqliteFile} from './sqlite.js';

/**
 * SQLite does change tables within a transaction: without this a process that is killed during its first start would
 * leave half of the tables behind.
 */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * When its disk is full SQLite rolls back by itself (sqlite.org/lang_transaction.html, 3.1), and a second rollback
 * would fail and hide the reason.
 */
class RegistryDriver extends SqliteDriver {
  constructor(private readonly file: SqliteFile) {
    super({database: file});
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.file.inTransaction) await super.rollbackTransaction(connection);
  }
}

export class RegistryDialect extends SqliteDialect {
  constructor(private readonly file: SqliteFile) {
    super({database: file});
  }

  override createDriver(): Driver {
    return new RegistryDriver(this.file);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter();
  }
}
