/**
 * Changes that come at the same time share one commit, and so one wait for the disk. Each is a savepoint of its own: one that
 * fails takes back what it did and nothing else. Nobody is answered before the commit.
 */
import {sql} from 'kysely';
import type {Database} from './transact.js';

interface Change {
  readonly work: (database: Database) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = {readonly ok: true; readonly result: unknown} | {readonly ok: false; readonly error: unknown};

/** More would keep the first of them waiting for the last. */
const CHANGES_PER_COMMIT = 64;

export class SharedCommits {
  readonly #database: Database;
  /** Is the transaction there still? SQLite ends it by itself when the disk is full. */
  readonly #isOpen: () => boolean;
  readonly #waiting: Change[] = [];
  #working: Promise<void> | undefined;

  constructor(database: Database, isOpen: () => boolean) {
    this.#database = database;
    this.#isOpen = isOpen;
  }

  /** `work` awaits everything that it asks of the database: what came later would belong to another change. */
  run<T>(work: (database: Database) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({work, resolve: result => resolve(result as T), reject});
      this.#working ??= this.#work();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Requests that have arrived are read first: they are in this commit, instead of each in one of its own.
      await new Promise(resolve => setImmediate(resolve));
      await this.#commit(this.#waiting.splice(0, CHANGES_PER_COMMIT));
    }
    this.#working = undefined;
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    const outcomes: Outcome[] = [];
    try {
      await this.#database.transaction().execute(async database => {
        for (const {work} of changes)
          outcomes.push(
            changes.length === 1 ? await alone(database, work) : await this.#apart(database, work),
          );
      });
    } catch (error) {
      for (const {reject} of changes) reject(error);
      return;
    }
    for (const [index, outcome] of outcomes.entries())
      if (outcome.ok) changes[index]!.resolve(outcome.result);
      else changes[index]!.reject(outcome.error);
  }

  /** Throws when the whole transaction is lost. */
  async #apart(database: Database, work: Change['work']): Promise<Outcome> {
    await sql`SAVEPOINT change`.execute(database);
    const outcome = await outcomeOf(work(database));
    if (!outcome.ok) {
      if (!this.#isOpen()) throw outcome.error;
      await sql`ROLLBACK TO change`.execute(database);
    }
    await sql`RELEASE change`.execute(database);
    return outcome;
  }
}

/** Its failure is that of the transaction. */
const alone = async (database: Database, work: Change['work']): Promise<Outcome> => ({
  ok: true,
  result: await work(database),
});

const outcomeOf = (work: Promise<unknown>): Promise<Outcome> =>
  work.then(
    result => ({ok: true, result}),
    (error: unknown) => ({ok: false, error}),
  );
