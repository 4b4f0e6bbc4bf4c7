import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {NewEvent, StoredEvent} from '../../src/domain/event.js';
import type {EventHistory, EventQuery} from '../../src/tail/history.js';
import {type TailRequest, tail} from '../../src/tail/tail.js';
import {MemoryStream} from '../support/memory-stream.js';

const eventOf = (number: number, tenant = 'default'): NewEvent => ({
  tenant,
  device: `d-${number % 3}`,
  type: number % 4 === 0 ? 'event.hot' : 'telemetry',
  component: '',
  timeMs: undefined,
  recordedMs: number,
  contentType: 'application/json',
  payload: Buffer.from(String(number)),
  attributes: undefined,
});

/** A stream that grows, and a store that is behind it by as much as a test wants. */
class World {
  readonly stream = new MemoryStream();
  readonly listeners = new Set<(head: number) => void>();
  readonly all: StoredEvent[] = [];
  storedUpTo = 0;

  append(count: number): void {
    for (let index = 0; index < count; index++) {
      const offset = this.all.length;
      const event = eventOf(offset, offset % 7 === 6 ? 'other' : 'default');
      this.stream.append(event);
      this.all.push({...event, offset});
    }
    for (const listener of this.listeners) listener(this.all.length);
  }

  store(count: number): void {
    this.storedUpTo = Math.min(this.all.length, this.storedUpTo + count);
  }

  readonly history = async (tenant: string, query: EventQuery): Promise<EventHistory> => {
    const found = this.all.filter(
      event =>
        event.offset < this.storedUpTo &&
        event.tenant === tenant &&
        event.offset > (query.afterOffset ?? -1) &&
        event.recordedMs >= (query.sinceMs ?? 0) &&
        (query.device === undefined || event.device === query.device) &&
        (query.type === undefined || event.type === query.type),
    );
    // Small pages, so that history takes several while more comes.
    const limit = query.last ? query.limit : Math.min(query.limit, 5);
    const events = query.last ? found.slice(-limit) : found.slice(0, limit);
    return {events, more: events.length < found.length, storedUpTo: this.storedUpTo};
  };

  readonly onHead = (listener: (head: number) => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

const request = (changes: Partial<TailRequest>): TailRequest => ({
  tenant: 'default',
  sinceMs: undefined,
  afterOffset: undefined,
  last: undefined,
  device: undefined,
  type: undefined,
  follow: true,
  ...changes,
});

/** Reads until `isDone`, which is asked after each group and each `grow`. */
async function read(
  world: World,
  wanted: TailRequest,
  isDone: (found: readonly number[]) => boolean,
  grow: () => void = () => {},
): Promise<number[]> {
  const stop = new AbortController();
  const offsets: number[] = [];
  const step = (): void => {
    grow();
    if (isDone(offsets)) stop.abort();
  };
  const timer = setInterval(step);
  for await (const events of tail(world, wanted, stop.signal)) {
    offsets.push(...events.map(({offset}) => offset));
    step();
  }
  clearInterval(timer);
  return offsets;
}

describe('tail', () => {
  const growth = fc.array(fc.record({append: fc.nat(20), store: fc.nat(25)}), {minLength: 1, maxLength: 15});

  it.each<[string, Partial<TailRequest>]>([
    ['since the beginning', {sinceMs: 0}],
    ['since a time', {sinceMs: 17}],
    ['after an offset', {afterOffset: 12}],
    ['of one device', {sinceMs: 0, device: 'd-1'}],
    ['of one type', {sinceMs: 0, type: 'event.hot'}],
  ])('%s has no gap and no duplicate, however the store lags behind', async (_what, changes) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({min: 13, max: 60}),
        fc.nat(60),
        growth,
        async (appended, stored, steps) => {
          const world = new World();
          world.append(appended);
          world.store(stored);
          const pending = [...steps];
          const expected = () =>
            world.all.filter(
              event =>
                event.tenant === 'default' &&
                // What comes while it is read comes whatever its time is.
                (event.offset >= appended || event.recordedMs >= (changes.sinceMs ?? 0)) &&
                event.offset > (changes.afterOffset ?? -1) &&
                (changes.device === undefined || event.device === changes.device) &&
                (changes.type === undefined || event.type === changes.type),
            );
          const grow = (): void => {
            const step = pending.shift();
            if (!step) return;
            world.append(step.append);
            world.store(step.store);
          };
          const isDone = (found: readonly number[]) =>
            pending.length === 0 && found.length >= expected().length;
          const offsets = await read(world, request(changes), isDone, grow);
          expect(offsets).toEqual(expected().map(({offset}) => offset));
          expect(world.listeners.size).toBe(0);
        },
      ),
      {numRuns: 40},
    );
  });

  it('begins with the newest so many, and goes on live', async () => {
    const world = new World();
    world.append(30);
    world.store(20);
    const mine = () => world.all.filter(({tenant}) => tenant === 'default').map(({offset}) => offset);
    const newest = mine().slice(-3);
    const pending = [5];
    const grow = (): void => world.append(pending.pop() ?? 0);
    const offsets = await read(world, request({last: 3}), found => found.at(-1) === 33, grow);
    expect(offsets).toEqual([...newest, ...mine().filter(offset => offset >= 30)]);
  });

  it('ends at what is there when it does not follow', async () => {
    const world = new World();
    world.append(10);
    world.store(4);
    const found: number[] = [];
    for await (const events of tail(
      world,
      request({sinceMs: 0, follow: false}),
      new AbortController().signal,
    )) {
      found.push(...events.map(({offset}) => offset));
      if (world.all.length < 20) world.append(5);
    }
    expect(found).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9]);
  });
});
