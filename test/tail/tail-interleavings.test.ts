import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {eventTimeMs, type NewEvent, type StoredEvent} from '../../src/domain/event.js';
import {type TailRequest, tail} from '../../src/tail/tail.js';
import {sampleEvent} from '../stream/sample-events.js';
import {within} from '../support/deadline.js';
import {MemoryEvents, matches} from '../support/memory-events.js';

const many = (count: number, fields: Partial<NewEvent> = {}): NewEvent[] =>
  Array.from({length: count}, () => sampleEvent(fields));

/** Follows in the background; gives what came so far, and waits for more. */
function follow(events: MemoryEvents, request: Partial<TailRequest> = {}) {
  const ended = new AbortController();
  const got: number[] = [];
  let groups = 0;
  let isReady = (): void => {};
  let wake = (): void => {};
  const ready = new Promise<void>(resolve => {
    isReady = resolve;
  });
  const done = (async () => {
    const wanted = {tenant: 'default', follow: true, ...request};
    for await (const group of tail(events.ports, wanted, ended.signal)) {
      if (group.length === 0) isReady();
      else groups++;
      got.push(...group.map(({offset}) => offset));
      wake();
    }
  })();
  // Where a test expects it to fail, it awaits `done` itself.
  done.catch(() => undefined);
  return {
    got,
    ready: within(ready, 'the live part').catch(() => undefined),
    done,
    get groups(): number {
      return groups;
    },
    async until(count: number): Promise<number[]> {
      while (got.length < count) {
        const more = new Promise<void>(resolve => {
          wake = resolve;
        });
        if (got.length < count) await within(more, `${count} events; there are ${got.length}`);
      }
      return got;
    },
    async end(): Promise<number[]> {
      ended.abort();
      await within(done, 'the end of the tail');
      return got;
    },
  };
}

/** All of a tail that ends by itself. */
async function all(events: MemoryEvents, request: Partial<TailRequest>): Promise<number[]> {
  const got: number[] = [];
  const wanted = {tenant: 'default', follow: false, ...request};
  for await (const group of tail(events.ports, wanted, new AbortController().signal))
    got.push(...group.map(({offset}) => offset));
  return got;
}

const range = (from: number, to: number): number[] =>
  Array.from({length: to - from}, (_, index) => from + index);

describe('where it begins', () => {
  it('gives only what comes, without since, after and last', async () => {
    const events = new MemoryEvents();
    events.append(...many(5));
    events.store(3);
    const reader = follow(events);
    await reader.ready;
    events.append(...many(2));
    expect(await reader.until(2)).toEqual([5, 6]);
    await reader.end();
  });

  it('goes on from the store to the stream exactly where the store ends', async () => {
    const events = new MemoryEvents();
    events.append(...many(2500));
    events.store(2100);
    expect(await all(events, {afterOffset: -1})).toEqual(range(0, 2500));
    expect(events.pages).toBe(3);
  });

  it('resumes behind an offset that the store does not have yet', async () => {
    const events = new MemoryEvents();
    events.append(...many(10));
    events.store(4);
    expect(await all(events, {afterOffset: 6})).toEqual([7, 8, 9]);
    expect(await all(events, {afterOffset: 9})).toEqual([]);
  });

  it('refuses an offset that is still to come, rather than be silent until then', async () => {
    const events = new MemoryEvents();
    events.append(...many(3));
    await expect(all(events, {afterOffset: 3})).rejects.toMatchObject({code: 'IOT_REQUEST_INVALID'});
    expect(events.listeners).toBe(0);
  });

  it('says so when retention has taken what the store never had', async () => {
    const events = new MemoryEvents();
    events.append(...many(10));
    events.stream.dropBelow(5);
    await expect(all(events, {afterOffset: 1})).rejects.toMatchObject({code: 'IOT_OFFSET_GONE'});
  });

  it.each([
    [0, [] as number[]],
    [3, [7, 8, 9]],
    [6, [4, 5, 6, 7, 8, 9]],
    [100, range(0, 10)],
  ])('last %i counts what the store does not have yet', async (last, expected) => {
    const events = new MemoryEvents();
    events.append(...many(10));
    events.store(6);
    expect(await all(events, {last})).toEqual(expected);
  });

  it('counts for last only what the filter lets through', async () => {
    const events = new MemoryEvents();
    for (let index = 0; index < 10; index++)
      events.append(sampleEvent({device: index % 2 === 0 ? 'lamp-1' : 'lamp-2'}));
    events.store(5);
    expect(await all(events, {last: 3, device: 'lamp-2'})).toEqual([5, 7, 9]);
  });

  it('holds since against the past, and lets everything that comes through', async () => {
    const events = new MemoryEvents();
    const old = sampleEvent({timeMs: 1000});
    const recent = sampleEvent({timeMs: 5000});
    events.append(old, recent, old, recent);
    events.store(2);
    const reader = follow(events, {sinceMs: 5000});
    expect(await reader.until(2)).toEqual([1, 3]);
    await reader.ready;
    events.append(old);
    expect(await reader.until(3)).toEqual([1, 3, 4]);
    await reader.end();
  });
});

describe('what it lets through', () => {
  it.each([
    ['telemetry', ['telemetry']],
    ['event.*', ['event.door', 'event.smoke']],
    ['event', []],
    ['*', []],
    ['', []],
  ])('type %j', async (type, expected) => {
    const types = ['telemetry', 'event.door', 'eventual', 'status', 'event.smoke'];
    for (const stored of [0, 5]) {
      const events = new MemoryEvents();
      events.append(...types.map(name => sampleEvent({type: name})));
      events.store(stored);
      expect((await all(events, {afterOffset: -1, type})).map(offset => types[offset])).toEqual(expected);
    }
  });

  it('never anything of another tenant', async () => {
    const events = new MemoryEvents();
    events.append(sampleEvent({tenant: 'other'}), sampleEvent(), sampleEvent({tenant: 'other'}));
    events.store(1);
    const reader = follow(events, {afterOffset: -1});
    await reader.ready;
    events.append(sampleEvent({tenant: 'other'}), sampleEvent());
    expect(await reader.until(2)).toEqual([1, 4]);
    await reader.end();
  });
});

describe('while it follows', () => {
  it('gives all that was committed together in one group', async () => {
    const events = new MemoryEvents();
    const reader = follow(events);
    await reader.ready;
    events.append(...many(400));
    await reader.until(400);
    expect(reader.groups).toBe(1);
    await reader.end();
  });

  it('takes part in the next commit even when its notice comes during a read', async () => {
    const events = new MemoryEvents();
    const reader = follow(events);
    await reader.ready;
    events.delay = async () => {
      events.delay = () => Promise.resolve();
      events.append(...many(1));
    };
    events.append(...many(1));
    expect(await reader.until(2)).toEqual([0, 1]);
    await reader.end();
  });

  it('ends at once when it is told to, and listens no more', async () => {
    const events = new MemoryEvents();
    const reader = follow(events);
    await reader.ready;
    expect(events.listeners).toBe(1);
    expect(await reader.end()).toEqual([]);
    expect(events.listeners).toBe(0);
  });
});

/** Turns of the event loop to wait at each point where something else may come first. */
const turns = fc.infiniteStream(fc.integer({min: 0, max: 3}));

const newEvents = fc
  .record({
    tenant: fc.constantFrom('default', 'default', 'other'),
    device: fc.constantFrom('a', 'b'),
    type: fc.constantFrom('telemetry', 'event.door'),
    timeMs: fc.constantFrom(undefined, 1000, 5000),
  })
  .map(fields => sampleEvent({recordedMs: 3000, ...fields}));

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('append' as const),
      events: fc.array(newEvents, {minLength: 1, maxLength: 9}),
    }),
    fc.record({kind: fc.constant('store' as const), count: fc.integer({min: 1, max: 9})}),
  ),
  {minLength: 1, maxLength: 25},
);

const requests = fc.record({
  begin: fc.constantFrom('live', 'since', 'after', 'last'),
  device: fc.constantFrom(undefined, 'a'),
  type: fc.constantFrom(undefined, 'event.*'),
});

describe('whatever comes in between', () => {
  it('misses nothing, repeats nothing, and keeps the order', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        steps,
        requests,
        turns,
        async (before, during, {begin, device, type}, waits) => {
          const events = new MemoryEvents();
          for (const step of before) take(events, step);
          const headBefore = events.stream.head();
          events.delay = () => turnsOfLoop(waits.next().value ?? 0);
          const past = {
            live: {},
            since: {sinceMs: 3000},
            after: {afterOffset: Math.floor(headBefore / 2) - 1},
            last: {last: 3},
          }[begin];
          const reader = follow(events, {device, type, ...past});
          for (const step of during) {
            await turnsOfLoop(waits.next().value ?? 0);
            take(events, step);
          }
          const everything = await events.stream.read(0, events.stream.head() + 1);
          const ofFilter = everything.filter(
            event => event.tenant === 'default' && matches(event, {device, type}),
          );
          await reader.ready;
          // A marker that passes every filter: once it is there, all before it has been.
          const marker = events.append(sampleEvent({device: 'a', type: 'event.door'})) - 1;
          while (reader.got.at(-1) !== marker) await reader.until(reader.got.length + 1);
          expectWhole(await reader.end(), [...ofFilter.map(({offset}) => offset), marker]);
          const got = new Set(reader.got);
          for (const event of ofFilter) {
            if (mustCome(begin, event, {headBefore, ...past})) expect(got).toContain(event.offset);
            if (begin === 'since' && event.offset < headBefore && eventTimeMs(event) < 3000)
              expect(got).not.toContain(event.offset);
          }
          if (begin === 'last') expectLast(reader.got, ofFilter, headBefore);
        },
      ),
      {numRuns: 300},
    );
  });
});

/** What came is a part of what there is, in order, each once. */
function expectWhole(got: readonly number[], there: readonly number[]): void {
  expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
  expect(there).toEqual(expect.arrayContaining([...got]));
}

/** The tail looked some time after `headBefore`: from its first event on there is no gap. */
function expectLast(got: readonly number[], ofFilter: readonly StoredEvent[], headBefore: number): void {
  const offsets = ofFilter.map(({offset}) => offset);
  expect(got.slice(0, -1)).toEqual(offsets.filter(offset => offset >= (got[0] ?? 0)));
  const pastMax = offsets.filter(offset => offset < headBefore);
  expect(got.filter(offset => offset < headBefore).length).toBeLessThanOrEqual(Math.min(3, pastMax.length));
  expect(got.length - 1).toBeGreaterThanOrEqual(Math.min(3, pastMax.length));
}

function mustCome(
  begin: string,
  event: StoredEvent,
  {headBefore, afterOffset}: {headBefore: number; afterOffset?: number},
): boolean {
  if (begin === 'last') return false;
  if (begin === 'after') return event.offset > (afterOffset ?? -1);
  return event.offset >= headBefore || (begin === 'since' && eventTimeMs(event) >= 3000);
}

type Step = {kind: 'append'; events: NewEvent[]} | {kind: 'store'; count: number};

function take(events: MemoryEvents, step: Step): void {
  if (step.kind === 'append') events.append(...step.events);
  else events.store(step.count);
}

async function turnsOfLoop(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve));
}
