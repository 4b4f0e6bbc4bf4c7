import {describe, expect, it} from 'vitest';
import {eventOf, startStore} from '../support/start-store.js';

const START_MS = Date.UTC(2026, 0, 31, 12);

describe('the history of events', () => {
  it('gives back what was said', async () => {
    await using world = await startStore();
    const said = [
      eventOf({a: 'å'}, {component: 'motor', timeMs: START_MS - 1, attributes: {reason: 'x'}}),
      eventOf('', {
        type: 'undecodable',
        contentType: 'application/octet-stream',
        payload: Buffer.from([0, 255]),
      }),
      eventOf('"a text"', {type: 'event.said', device: ''}),
    ];
    await world.put(...said);
    const {events, more, storedUpTo} = await world.store.events('default', {limit: 10});
    expect(events.map(event => ({...event, payload: Buffer.from(event.payload)}))).toEqual(
      said.map((event, offset) => ({...event, offset})),
    );
    expect({more, storedUpTo}).toEqual({more: false, storedUpTo: 3});
  });

  it('is asked for by time, device, type and place', async () => {
    await using world = await startStore();
    await world.put(
      ...Array.from({length: 10}, (_, index) =>
        eventOf(
          {index},
          {
            device: `lamp-${index % 2}`,
            type: index < 5 ? 'telemetry' : `event.t${index}`,
            recordedMs: START_MS + index,
          },
        ),
      ),
      eventOf({}, {type: 'eventual', recordedMs: START_MS + 10}),
    );
    const ask = async (request: object): Promise<number[]> =>
      (await world.store.events('default', {limit: 100, ...request})).events.map(({offset}) => offset);

    expect(await ask({sinceMs: START_MS + 8})).toEqual([8, 9, 10]);
    expect(await ask({untilMs: START_MS + 2})).toEqual([0, 1]);
    expect(await ask({device: 'lamp-1', untilMs: START_MS + 4})).toEqual([1, 3]);
    expect(await ask({type: 'event.*'})).toEqual([5, 6, 7, 8, 9]);
    expect(await ask({type: 'event.t6'})).toEqual([6]);
    expect(await ask({type: 'event'})).toEqual([]);
    expect(await ask({afterOffset: 8})).toEqual([9, 10]);
    expect(await ask({last: true, limit: 2})).toEqual([9, 10]);
    expect(await ask({limit: 2})).toEqual([0, 1]);
    expect(await ask({device: "x' OR 1=1 --"})).toEqual([]);
    expect((await world.store.events('default', {limit: 11})).more).toBe(false);
    expect((await world.store.events('default', {limit: 10, last: true})).more).toBe(true);
  });

  it('names the place to go on from, for a tenant that is silent too', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}), eventOf({a: 2}, {tenant: 'acme'}), eventOf({a: 3}));
    expect(await world.store.events('acme', {limit: 10})).toMatchObject({storedUpTo: 3});
    expect(await world.store.events('nobody', {limit: 10})).toEqual({events: [], more: false, storedUpTo: 3});
  });

  it('ends a page early rather than fill the memory', async () => {
    await using world = await startStore();
    const text = 'x'.repeat(200_000);
    await world.put(...Array.from({length: 100}, (_, index) => eventOf({index, text})));
    const first = await world.store.events('default', {limit: 1000});
    expect(first).toMatchObject({more: true});
    const afterOffset = first.events.at(-1)!.offset;
    const second = await world.store.events('default', {limit: 1000, afterOffset});
    expect(first.events.length + second.events.length).toBe(100);
    expect(second.events[0]!.offset).toBe(afterOffset + 1);
  });

  it('is whole for large bodies too, page by page, however little memory there is', async () => {
    await using world = await startStore({limits: {memoryMb: 40, threads: 1, tempMb: 256}});
    const text = 'x'.repeat(60_000);
    await world.put(...Array.from({length: 1000}, (_, index) => eventOf({index, text: `${index}${text}`})));
    let seen = 0;
    for (let more = true; more; ) {
      const page = await world.store.events('default', {limit: 1000, afterOffset: seen - 1});
      expect(page.events[0]!.offset).toBe(seen);
      seen += page.events.length;
      more = page.more;
    }
    expect(seen).toBe(1000);
  });
});
