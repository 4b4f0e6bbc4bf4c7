/** Tenants, devices with their secrets, tokens, commands. */
import {type Kysely, type Migration, sql} from 'kysely';

export const first: Migration = {
  async up(database: Kysely<unknown>) {
    const {schema} = database;
    await schema
      .createTable('tenants')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('created_ms', 'integer', column => column.notNull())
      .execute();
    await schema
      .createTable('devices')
      .addColumn('tenant', 'text', column => column.notNull().references('tenants.id'))
      .addColumn('id', 'text', column => column.notNull())
      .addColumn('generation', 'text', column => column.notNull())
      .addColumn('model', 'text')
      .addColumn('labels', 'text', column => column.notNull())
      .addColumn('lifecycle', 'text', column => column.notNull())
      .addColumn('admin_state', 'text', column => column.notNull())
      .addColumn('connectivity', 'text', column => column.notNull())
      .addColumn('session_id', 'text')
      .addColumn('session_version', 'integer', column => column.notNull().defaultTo(0))
      .addColumn('created_ms', 'integer', column => column.notNull())
      .addColumn('retired_ms', 'integer')
      .addColumn('connected_ms', 'integer')
      .addColumn('disconnected_ms', 'integer')
      .addColumn('last_seen_ms', 'integer')
      .addPrimaryKeyConstraint('devices_key', ['tenant', 'id'])
      .execute();
    await schema
      .createTable('credentials')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('tenant', 'text', column => column.notNull())
      .addColumn('device', 'text', column => column.notNull())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('salt', 'text', column => column.notNull())
      .addColumn('hash', 'text', column => column.notNull())
      .addColumn('not_before_ms', 'integer', column => column.notNull())
      .addColumn('not_after_ms', 'integer', column => column.notNull())
      .addColumn('created_ms', 'integer', column => column.notNull())
      .addForeignKeyConstraint(
        'credentials_device',
        ['tenant', 'device'],
        'devices',
        ['tenant', 'id'],
        constraint => constraint.onDelete('cascade'),
      )
      .execute();
    await schema
      .createIndex('credentials_by_device')
      .on('credentials')
      .columns(['tenant', 'device'])
      .execute();
    await schema
      .createTable('tokens')
      .addColumn('tenant', 'text', column => column.notNull().references('tenants.id'))
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('lookup', 'text', column => column.notNull().unique())
      .addColumn('salt', 'text', column => column.notNull())
      .addColumn('hash', 'text', column => column.notNull())
      .addColumn('topics', 'text', column => column.notNull())
      .addColumn('read_telemetry', 'integer', column => column.notNull())
      .addColumn('created_ms', 'integer', column => column.notNull())
      .addColumn('expires_ms', 'integer')
      .addPrimaryKeyConstraint('tokens_key', ['tenant', 'name'])
      .execute();
    await schema
      .createTable('commands')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('tenant', 'text', column => column.notNull())
      .addColumn('device', 'text', column => column.notNull())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('data', 'text', column => column.notNull())
      .addColumn('state', 'text', column => column.notNull())
      .addColumn('requested_by', 'text', column => column.notNull())
      .addColumn('allowed_by', 'text', column => column.notNull())
      .addColumn('device_state', 'text', column => column.notNull())
      .addColumn('created_ms', 'integer', column => column.notNull())
      .addColumn('expires_ms', 'integer', column => column.notNull())
      .addColumn('result_due_ms', 'integer')
      .addColumn('transitions', 'text', column => column.notNull())
      .addColumn('result', 'text')
      .execute();
    await schema
      .createIndex('commands_by_device')
      .on('commands')
      .columns(['tenant', 'device', 'created_ms'])
      .execute();
    // Only commands that are not over are looked for by state.
    await sql`CREATE INDEX commands_open ON commands (state, device) WHERE state IN ('requested', 'queued', 'sent', 'delivered', 'acknowledged', 'running')`.execute(
      database,
    );
  },
};
