/** What is in each tenant's file, and how an older file becomes a newer one. */
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';

/**
 * Each entry takes a file from its index to the next version, and is never changed once released: what comes later
 * is another entry.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE events (
      "offset" BIGINT NOT NULL,
      time TIMESTAMPTZ NOT NULL,
      recorded_time TIMESTAMPTZ NOT NULL,
      device VARCHAR NOT NULL,
      type VARCHAR NOT NULL,
      component VARCHAR,
      body JSON,
      raw BLOB,
      attributes JSON
    )`,
    `CREATE TABLE readings (
      time TIMESTAMPTZ NOT NULL,
      device VARCHAR NOT NULL,
      component VARCHAR,
      metric VARCHAR NOT NULL,
      value DOUBLE NOT NULL,
      "offset" BIGINT NOT NULL
    )`,
    // The newest row counts: everything of this tenant below `next_offset` is stored, and nothing from there on.
    'CREATE TABLE internal.progress (next_offset BIGINT NOT NULL, event_count BIGINT NOT NULL)',
    'INSERT INTO internal.progress VALUES (0, 0)',
  ],
  [
    // Files of the archive: whatever else lies in its folder is none of it.
    `CREATE TABLE internal.partitions (
      table_name VARCHAR NOT NULL,
      day DATE NOT NULL,
      file VARCHAR NOT NULL,
      row_count BIGINT NOT NULL,
      bytes BIGINT NOT NULL,
      columns JSON NOT NULL
    )`,
  ],
  [
    // Parts of uploads that never were in the stream; `next_offset` is behind their last event.
    `CREATE TABLE internal.upload_parts (
      upload VARCHAR NOT NULL,
      part BIGINT NOT NULL,
      next_offset BIGINT NOT NULL
    )`,
  ],
  // Of files that are older than this column nobody knows it.
  ['ALTER TABLE internal.partitions ADD COLUMN sha256 VARCHAR'],
];

/**
 * Brings an open file to the newest version, in one transaction; `isNew` where there was nothing in it. Throws where the
 * file is newer than this program.
 */
export async function migrate(connection: DuckDBConnection, file: string): Promise<{isNew: boolean}> {
  await connection.run('CREATE SCHEMA IF NOT EXISTS internal');
  await connection.run('CREATE TABLE IF NOT EXISTS internal.schema_version (version INTEGER NOT NULL)');
  const reader = await connection.runAndReadAll('SELECT max(version) FROM internal.schema_version');
  const version = Number(reader.getRows()[0]![0] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new IotctlError(
      'IOT_DATA_CORRUPT',
      `${file} has schema version ${version}, this iotctl knows ${MIGRATIONS.length}: start the newer iotctl that wrote it`,
    );
  }
  if (version === MIGRATIONS.length) return {isNew: false};
  await connection.run('BEGIN');
  for (const statement of MIGRATIONS.slice(version).flat()) await connection.run(statement);
  await connection.run('DELETE FROM internal.schema_version');
  await connection.run(`INSERT INTO internal.schema_version VALUES (${MIGRATIONS.length})`);
  await connection.run('COMMIT');
  return {isNew: version === 0};
}
