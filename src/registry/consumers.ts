/** Consumers in the registry. They hold back no retention: who does not get on does not fill the disk of all. */
import {sql} from 'kysely';
import {
  CONSUMERS_MAX,
  type Consumer,
  type ConsumerFilter,
  type ConsumerPace,
  type ConsumerSecret,
  type ConsumerState,
  type ConsumerTarget,
  type ShownState,
  shownStateOf,
} from '../domain/consumer.js';
import {IotctlError} from '../domain/errors.js';
import {uuidV7} from '../domain/uuid.js';
import type {By} from './credentials.js';
import type {ConsumerRow} from './tables/consumers.js';
import type {Database} from './transact.js';
import type {Vault} from './vault.js';

export interface NewConsumer {
  readonly name: string;
  readonly target: ConsumerTarget;
  readonly secret: ConsumerSecret;
  readonly filter: ConsumerFilter;
  readonly pace: ConsumerPace;
  readonly offset: number;
}

/** What whoever runs it has to know. */
export interface ConsumerSpec extends NewConsumer {
  readonly tenant: string;
  /** Another one after each change: what was begun under an earlier one says nothing any more. */
  readonly epoch: string;
  readonly movedMs: number;
}

/** What a running consumer says of itself. */
export interface ConsumerProgress {
  readonly tenant: string;
  readonly name: string;
  readonly epoch: string;
  readonly offset: number;
  /** Undefined leaves it as it is. */
  readonly problem: string | null | undefined;
  /** There is nothing that it has not seen. */
  readonly caughtUp: boolean;
}

/** How one is, among those of all tenants. */
export interface ConsumerStanding {
  readonly tenant: string;
  readonly name: string;
  readonly state: ShownState;
  readonly offset: number;
  readonly deadLetters: number;
}

/** A problem is told of when it has lasted; and no state more often than that, whatever a receiver does. */
const TOLD_AFTER_MS = 10_000;
const TOLD_EVERY_MS = 60_000;

type View = ConsumerRow & {dead_letters: number};

export class Consumers {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  async list(tenant: string): Promise<Consumer[]> {
    const rows = await this.#select().where('tenant', '=', tenant).orderBy('name').execute();
    return rows.map(viewOf);
  }

  async find(tenant: string, name: string): Promise<Consumer | undefined> {
    const row = await this.#select().where('tenant', '=', tenant).where('name', '=', name).executeTakeFirst();
    return row && viewOf(row);
  }

  /** Throws `IOT_CONSUMER_UNKNOWN`. */
  async get(tenant: string, name: string): Promise<Consumer> {
    const consumer = await this.find(tenant, name);
    if (!consumer) throw new IotctlError('IOT_CONSUMER_UNKNOWN', `no consumer ${JSON.stringify(name)}`);
    return consumer;
  }

  /** Those that have something to do, of tenants that are not suspended. */
  async running(): Promise<ConsumerSpec[]> {
    const rows = await this.#database
      .selectFrom('consumers')
      .innerJoin('tenants', 'tenants.id', 'consumers.tenant')
      .selectAll('consumers')
      .where('consumers.state', '=', 'running')
      .where('tenants.state', '=', 'active')
      .execute();
    return rows.map(row => this.#specOf(row));
  }

  /** Of all tenants; those of a suspended one are paused. */
  async standings(): Promise<ConsumerStanding[]> {
    const rows = await this.#select()
      .innerJoin('tenants', 'tenants.id', 'consumers.tenant')
      .select('tenants.state as tenant_state')
      .orderBy('consumers.tenant')
      .orderBy('consumers.name')
      .execute();
    return rows.map(row => ({
      tenant: row.tenant,
      name: row.name,
      state: row.tenant_state === 'active' ? shownStateOf(row) : 'paused',
      offset: row.last_offset,
      deadLetters: row.dead_letters,
    }));
  }

  /** Throws `IOT_CONFLICT` for a name that is taken, and where the tenant has as many as it may. */
  async create(tenant: string, wanted: NewConsumer, by: By): Promise<Consumer> {
    const known = await this.list(tenant);
    if (known.some(({name}) => name === wanted.name))
      throw new IotctlError('IOT_CONFLICT', `consumer ${wanted.name} exists`);
    if (known.length >= CONSUMERS_MAX)
      throw new IotctlError('IOT_CONFLICT', `tenant ${tenant} has ${CONSUMERS_MAX} consumers already`);
    const row: ConsumerRow = {
      tenant,
      name: wanted.name,
      epoch: uuidV7(by.nowMs),
      target: JSON.stringify(wanted.target),
      filter: JSON.stringify(wanted.filter),
      pace: JSON.stringify(wanted.pace),
      sealed_secret: this.#vault.seal(JSON.stringify(wanted.secret), purposeOf(tenant, wanted.name)),
      state: 'running',
      problem: null,
      problem_ms: null,
      told_problem: 0,
      told_ms: 0,
      last_offset: wanted.offset,
      moved_ms: by.nowMs,
      gap_ms: null,
      created_ms: by.nowMs,
      created_by: by.createdBy,
    };
    await this.#database.insertInto('consumers').values(row).execute();
    return viewOf({...row, dead_letters: 0});
  }

  async setState(tenant: string, name: string, state: ConsumerState, nowMs: number): Promise<void> {
    await this.#change(tenant, name, {state, epoch: uuidV7(nowMs)});
  }

  /** Anywhere, also backwards. */
  async seek(tenant: string, name: string, offset: number, nowMs: number): Promise<void> {
    await this.#change(tenant, name, {last_offset: offset, moved_ms: nowMs, epoch: uuidV7(nowMs)});
  }

  async remove(tenant: string, name: string): Promise<void> {
    for (const [table, column] of [
      ['dead_letters', 'consumer'],
      ['consumers', 'name'],
    ] as const)
      await this.#database
        .deleteFrom(table)
        .where('tenant', '=', tenant)
        .where(sql.ref(column), '=', name)
        .execute();
  }

  /** How far they have come, forwards only; of those that are no longer the same, nothing. */
  async progressed(all: readonly ConsumerProgress[], nowMs: number): Promise<void> {
    for (const {tenant, name, epoch, offset, problem, caughtUp} of all)
      await this.#database
        .updateTable('consumers')
        .set({
          last_offset: sql<number>`max(last_offset, ${offset})`,
          // Nothing that was there by then is unread: what retention takes later, it has seen.
          moved_ms: caughtUp
            ? nowMs
            : sql<number>`CASE WHEN last_offset < ${offset} THEN ${nowMs} ELSE moved_ms END`,
          ...(problem === undefined ? {} : problemOf(problem, nowMs)),
        })
        .where('tenant', '=', tenant)
        .where('name', '=', name)
        .where('epoch', '=', epoch)
        .execute();
  }

  /** Whose state has changed since the last event about it; they count as told. Each at most once a minute. */
  async toTell(nowMs: number): Promise<{tenant: string; name: string; problem: string | null}[]> {
    const rows = await this.#database
      .selectFrom('consumers')
      .select(['tenant', 'name', 'problem'])
      .where('state', '=', 'running')
      .where('told_ms', '<=', nowMs - TOLD_EVERY_MS)
      .where(is =>
        is.or([
          is.and([is('told_problem', '=', 0), is('problem_ms', '<=', nowMs - TOLD_AFTER_MS)]),
          is.and([is('told_problem', '=', 1), is('problem', 'is', null)]),
        ]),
      )
      .execute();
    for (const {tenant, name, problem} of rows)
      await this.#change(tenant, name, {told_problem: problem === null ? 0 : 1, told_ms: nowMs});
    return rows;
  }

  async noteGap(tenant: string, name: string, nowMs: number): Promise<void> {
    await this.#change(tenant, name, {gap_ms: nowMs, moved_ms: nowMs});
  }

  #select() {
    return this.#database
      .selectFrom('consumers')
      .selectAll('consumers')
      .select(
        sql<number>`(SELECT count(*) FROM dead_letters AS letter WHERE letter.tenant = consumers.tenant AND letter.consumer = consumers.name)`.as(
          'dead_letters',
        ),
      );
  }

  async #change(tenant: string, name: string, change: Partial<ConsumerRow>): Promise<void> {
    await this.#database
      .updateTable('consumers')
      .set(change)
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .execute();
  }

  #specOf(row: ConsumerRow): ConsumerSpec {
    const {tenant, name, epoch} = row;
    const secret = this.#vault.open(row.sealed_secret, purposeOf(tenant, name)).toString();
    return {
      tenant,
      name,
      epoch,
      ...partsOf(row),
      secret: JSON.parse(secret) as ConsumerSecret,
      offset: row.last_offset,
      movedMs: row.moved_ms,
    };
  }
}

const problemOf = (problem: string | null, nowMs: number) => ({
  problem,
  problem_ms: problem === null ? null : sql<number>`coalesce(problem_ms, ${nowMs})`,
});

const purposeOf = (tenant: string, name: string): string => `consumer ${tenant}/${name}`;

const partsOf = ({target, filter, pace}: ConsumerRow) => ({
  target: JSON.parse(target) as ConsumerTarget,
  filter: JSON.parse(filter) as ConsumerFilter,
  pace: JSON.parse(pace) as ConsumerPace,
});

const viewOf = (row: View): Consumer => ({
  name: row.name,
  ...partsOf(row),
  state: row.state,
  problem: row.problem,
  problemSince: timeOf(row.problem_ms),
  offset: row.last_offset,
  movedAt: new Date(row.moved_ms).toISOString(),
  deadLetters: row.dead_letters,
  gapAt: timeOf(row.gap_ms),
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
});

const timeOf = (timeMs: number | null): string | null =>
  timeMs === null ? null : new Date(timeMs).toISOString();
