/** Commands as they are kept: control decides what happens to them. */
import type {Kysely} from 'kysely';
import {
  type Command,
  type CommandState,
  type CommandTransition,
  isFinal,
  mayFollow,
} from '../domain/command.js';
import {IotctlError} from '../domain/errors.js';
import type {Schema} from './schema.js';
import type {CommandRow} from './tables/commands.js';

export interface NewCommand {
  readonly id: string;
  readonly tenant: string;
  readonly device: string;
  readonly name: string;
  readonly data: unknown;
  readonly requestedBy: string;
  readonly allowedBy: string;
  readonly deviceState: Command['deviceState'];
  readonly createdMs: number;
  readonly expiresMs: number;
  /** Goes to a device in maintenance too. */
  readonly forced: boolean;
}

export interface Move {
  readonly to: CommandState;
  readonly atMs: number;
  readonly detail?: string | undefined;
  readonly result?: unknown;
  readonly resultDueMs?: number;
}

/** Times that control acts on, beside what the API shows. */
export interface OpenCommand {
  readonly command: Command;
  readonly expiresMs: number;
  readonly resultDueMs: number | null;
}

const OPEN: readonly CommandState[] = ['requested', 'queued', 'sent', 'delivered', 'acknowledged', 'running'];

export class Commands {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async create(command: NewCommand): Promise<Command> {
    const row: CommandRow = {
      id: command.id,
      tenant: command.tenant,
      device: command.device,
      name: command.name,
      data: JSON.stringify(command.data ?? null),
      state: 'requested',
      requested_by: command.requestedBy,
      allowed_by: command.allowedBy,
      device_state: JSON.stringify(command.deviceState),
      created_ms: command.createdMs,
      expires_ms: command.expiresMs,
      result_due_ms: null,
      transitions: JSON.stringify([transition('requested', command.createdMs)]),
      result: null,
      forced: command.forced ? 1 : 0,
    };
    await this.#database.insertInto('commands').values(row).execute();
    return viewOf(row);
  }

  /** Throws `IOT_COMMAND_UNKNOWN`. */
  async get(tenant: string, id: string): Promise<Command> {
    const row = await this.#find(id);
    if (row?.tenant !== tenant)
      throw new IotctlError('IOT_COMMAND_UNKNOWN', `no command ${JSON.stringify(id)}`);
    return viewOf(row);
  }

  async find(id: string): Promise<Command | undefined> {
    const row = await this.#find(id);
    return row && viewOf(row);
  }

  /** Newest first. */
  async listFor(tenant: string, device: string, limit: number): Promise<Command[]> {
    const rows = await this.#database
      .selectFrom('commands')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .orderBy('created_ms', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(viewOf);
  }

  /** Everything that is not over, oldest first. */
  async open(): Promise<OpenCommand[]> {
    const rows = await this.#database
      .selectFrom('commands')
      .selectAll()
      .where('state', 'in', OPEN)
      .orderBy('id')
      .execute();
    return rows.map(row => ({
      command: viewOf(row),
      expiresMs: row.expires_ms,
      resultDueMs: row.result_due_ms,
    }));
  }

  async inState(tenant: string, device: string, state: CommandState): Promise<Command[]> {
    const rows = await this.#database
      .selectFrom('commands')
      .selectAll()
      .where('state', '=', state)
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .orderBy('id')
      .execute();
    return rows.map(viewOf);
  }

  /** Undefined when its present state does not allow that move: nothing was changed then. */
  async move(id: string, {to, atMs, detail, result, resultDueMs}: Move): Promise<Command | undefined> {
    return await this.#database.transaction().execute(async database => {
      const row = await database.selectFrom('commands').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row || !mayFollow(row.state as CommandState, to)) return undefined;
      const transitions = [
        ...(JSON.parse(row.transitions) as CommandTransition[]),
        transition(to, atMs, detail),
      ];
      const moved: CommandRow = {
        ...row,
        state: to,
        transitions: JSON.stringify(transitions),
        result: result === undefined ? row.result : JSON.stringify(result),
        result_due_ms: isFinal(to) ? null : (resultDueMs ?? row.result_due_ms),
      };
      await database.updateTable('commands').set(moved).where('id', '=', id).execute();
      return viewOf(moved);
    });
  }

  /** Of a device whose data goes. */
  async deleteAll(tenant: string, device: string): Promise<void> {
    await this.#database
      .deleteFrom('commands')
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .execute();
  }

  async #find(id: string): Promise<CommandRow | undefined> {
    return await this.#database.selectFrom('commands').selectAll().where('id', '=', id).executeTakeFirst();
  }
}

const transition = (state: CommandState, atMs: number, detail?: string): CommandTransition => ({
  state,
  at: new Date(atMs).toISOString(),
  ...(detail === undefined ? {} : {detail}),
});

const viewOf = (row: CommandRow): Command => ({
  id: row.id,
  tenant: row.tenant,
  device: row.device,
  name: row.name,
  data: JSON.parse(row.data) as unknown,
  state: row.state as CommandState,
  requestedBy: row.requested_by,
  allowedBy: row.allowed_by,
  deviceState: JSON.parse(row.device_state) as Command['deviceState'],
  createdAt: new Date(row.created_ms).toISOString(),
  expiresAt: new Date(row.expires_ms).toISOString(),
  transitions: JSON.parse(row.transitions) as CommandTransition[],
  forced: row.forced === 1,
  result: row.result === null ? null : (JSON.parse(row.result) as unknown),
});
