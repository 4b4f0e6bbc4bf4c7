/** Cursors: made and deleted with a record; moved without one, as often as their readers like. */
import {type Cursor, checkCursorName} from '../domain/cursor.js';
import {IotctlError} from '../domain/errors.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import {nameOf, type Origin} from './origin.js';

interface Parts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly clock: () => number;
}

const DAY_MS = 86_400_000;

export class CursorAdmin {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  list(tenant: string): Promise<Cursor[]> {
    return this.#parts.registry.cursors.list(tenant);
  }

  /** Throws `IOT_CURSOR_UNKNOWN`. */
  get(tenant: string, name: string): Promise<Cursor> {
    return this.#parts.registry.cursors.get(tenant, name);
  }

  /**
   * The one of that name, or a new one behind an offset, which is asked for only then; `newest` is the stream's. Throws `IOT_OFFSET_GONE` for one
   * whose reader was away for longer than events are kept, `IOT_CONFLICT` where there are too many.
   */
  async open(
    origin: Origin,
    tenant: string,
    name: string,
    beginning: {readonly newest: number; offset(): Promise<number>},
  ): Promise<{cursor: Cursor; created: boolean}> {
    checkCursorName(name);
    const {registry, changes, clock} = this.#parts;
    const known = await registry.cursors.find(tenant, name);
    if (known !== undefined) {
      // Nothing can be gone where there was nothing more.
      if (known.offset < beginning.newest) await this.#requireKept(tenant, known);
      return {cursor: known, created: false};
    }
    const beginsAt = await beginning.offset();
    const by = {createdBy: nameOf(origin), nowMs: clock()};
    const change = {tenant, action: 'cursor:write', target: `cursor/${name}`};
    return await changes.apply<{cursor: Cursor; created: boolean}>(origin, change, async inside => {
      const meanwhile = await inside.cursors.find(tenant, name);
      if (meanwhile) return {result: {cursor: meanwhile, created: false}};
      const cursor = await inside.cursors.create(tenant, {name, offset: beginsAt}, by);
      return {result: {cursor, created: true}, after: cursor};
    });
  }

  /** Throws `IOT_CURSOR_UNKNOWN`. */
  async move(tenant: string, name: string, offset: number): Promise<void> {
    await this.#parts.registry.cursors.move(tenant, name, offset, this.#parts.clock());
  }

  /** Throws `IOT_CURSOR_UNKNOWN`. */
  async remove(origin: Origin, tenant: string, name: string): Promise<void> {
    const change = {tenant, action: 'cursor:write', target: `cursor/${name}`};
    await this.#parts.changes.apply(origin, change, async registry => {
      const before = await registry.cursors.get(tenant, name);
      await registry.cursors.remove(tenant, name);
      return {result: undefined, before};
    });
  }

  async #requireKept(tenant: string, {name, offset, movedAt}: Cursor): Promise<void> {
    const {raw} = await this.#parts.registry.retention.get(tenant);
    if (raw.deleteAfterDays === null) return;
    if (Date.parse(movedAt) >= this.#parts.clock() - raw.deleteAfterDays * DAY_MS) return;
    throw new IotctlError(
      'IOT_OFFSET_GONE',
      `cursor ${name} is at offset ${offset} since ${movedAt}, and events are kept for ${raw.deleteAfterDays} days: what came behind it may be gone. \`iotctl cursor delete ${name}\` lets it begin anew, with --since where it should`,
    );
  }
}
