/** What every event stream has to do, whatever it is built on. */
import {describe, expect, it} from 'vitest';
import type {NewEvent} from '../../src/domain/event.js';
import type {StreamReader, StreamWriter} from '../../src/stream/event-stream.js';
import {append, appendAll, numbered, numberOf, range, readAll, sampleEvent} from './sample-events.js';

interface RetentionOptions {
  readonly retainMs?: number;
  readonly retainBytes?: number;
  readonly hardLimitBytes?: number;
}

/** One stream, empty at first; disposing of it closes and removes everything. */
export interface StreamUnderTest extends AsyncDisposable {
  openWriter(options?: RetentionOptions): Promise<StreamWriter>;
  openReader(): Promise<StreamReader>;
}

export function describeEventStream(name: string, open: () => Promise<StreamUnderTest>): void {
  describe(`${name}, as an event stream`, () => {
    describeAppending(open);
    describeReading(open);
    describeCursors(open);
    describeRetention(open);
  });
}

type Open = () => Promise<StreamUnderTest>;

function describeAppending(open: Open): void {
  it('gives offsets from 0 on, in the order of appending', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    expect(writer.head).toBe(0);
    expect(
      await appendAll(
        writer,
        range(0, 100).map(n => numbered(n)),
      ),
    ).toEqual(range(0, 100));
    expect(await append(writer, sampleEvent())).toBe(100);
    expect(writer.head).toBe(101);
  });

  it('calls back once for each event, when a reader can already see it', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const reader = await stream.openReader();
    const calls: number[] = [];
    const heads: number[] = [];
    await Promise.all(
      range(0, 50).map(
        n =>
          new Promise<void>(resolve =>
            writer.append(numbered(n), (_error, offset) => {
              calls.push(offset);
              heads.push(reader.head());
              resolve();
            }),
          ),
      ),
    );
    expect(calls).toEqual(range(0, 50));
    expect(heads.every((head, index) => head > index)).toBe(true);
  });

  it('tells listeners the new head after each commit', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const heads: number[] = [];
    writer.onCommit(head => heads.push(head));
    await append(writer, sampleEvent());
    await appendAll(writer, [sampleEvent(), sampleEvent()]);
    expect(heads[0]).toBe(1);
    expect(heads.at(-1)).toBe(3);
    expect(heads).toEqual(heads.toSorted((a, b) => a - b));
  });

  it('counts what is not on disk yet', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    expect(writer.pendingBytes).toBe(0);
    const appended = append(writer, sampleEvent({payload: Buffer.alloc(10_000)}));
    expect(writer.pendingBytes).toBeGreaterThanOrEqual(10_000);
    await appended;
    await append(writer, sampleEvent());
    expect(writer.blockedBy).toBeUndefined();
    await writer.close();
    expect(writer.pendingBytes).toBe(0);
  });

  it('no longer counts an event when its callback is called', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const pending = await new Promise<number>(resolve =>
      writer.append(sampleEvent(), () => resolve(writer.pendingBytes)),
    );
    expect(pending).toBe(0);
  });

  it('takes events that are appended from within a callback or a listener', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const offsets: number[] = [];
    await new Promise<void>(resolve => {
      writer.onCommit(head => {
        if (head < 20) writer.append(sampleEvent(), (_error, offset) => offsets.push(offset));
        else resolve();
      });
      writer.append(sampleEvent(), (_error, offset) => {
        offsets.push(offset);
        writer.append(sampleEvent(), (_again, next) => offsets.push(next));
      });
    });
    expect(offsets).toEqual(range(0, offsets.length));
  });

  it('takes the payload as it is at the time of appending', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const payload = Buffer.from('before');
    const appended = append(writer, sampleEvent({payload}));
    payload.write('after!');
    await appended;
    const [event] = await (await stream.openReader()).read(0, 1);
    expect(Buffer.from(event!.payload).toString()).toBe('before');
  });

  it('commits what was appended before it closes, and refuses what comes after', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const appended = appendAll(
      writer,
      range(0, 1_000).map(n => numbered(n)),
    );
    await writer.close();
    expect(await appended).toEqual(range(0, 1_000));
    await expect(append(writer, sampleEvent())).rejects.toMatchObject({code: 'IOT_PART_UNAVAILABLE'});
  });

  it('goes on after the last offset when it is opened again', async () => {
    await using stream = await open();
    const before = await stream.openWriter();
    await appendAll(
      before,
      range(0, 10).map(n => numbered(n)),
    );
    await before.close();
    const writer = await stream.openWriter();
    expect(writer.head).toBe(10);
    expect(await append(writer, numbered(10))).toBe(10);
    expect((await readAll(await stream.openReader())).map(numberOf)).toEqual(range(0, 11));
  });
}

function describeReading(open: Open): void {
  it('is empty for a reader that comes before the first event', async () => {
    await using stream = await open();
    const reader = await stream.openReader();
    expect([reader.first(), reader.head()]).toEqual([0, 0]);
    expect(await reader.read(0, 10)).toEqual([]);
    await append(await stream.openWriter(), sampleEvent());
    expect([reader.first(), reader.head()]).toEqual([0, 1]);
    expect(await reader.read(0, 10)).toHaveLength(1);
  });

  it('gives back every field exactly as it was appended', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const events = [
      sampleEvent(),
      sampleEvent({tenant: '', device: '', type: 'device.connected', component: 'Kühlraum ❄️'}),
      sampleEvent({timeMs: -1, recordedMs: 0, attributes: {severity: 'info', __proto: 'x', '': ''}}),
      sampleEvent({
        timeMs: 8.64e15,
        contentType: 'application/octet-stream',
        payload: Buffer.from([0, 255, 128]),
      }),
      sampleEvent({payload: new Uint8Array(), attributes: {}}),
    ];
    await appendAll(writer, events);
    const stored = await (await stream.openReader()).read(0, 10);
    expect(stored.map(comparable)).toEqual(events.map((event, offset) => comparable({...event, offset})));
  });

  it('starts anywhere, and stops where it is told', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    for (const start of [0, 100, 200])
      await appendAll(
        writer,
        range(start, start + 100).map(n => numbered(n)),
      );
    const reader = await stream.openReader();
    for (const [offset, maxEvents] of [
      [0, 1],
      [99, 2],
      [150, 100],
      [299, 5],
    ] as const) {
      const events = await reader.read(offset, maxEvents);
      expect(events.length).toBeGreaterThanOrEqual(1);
      expect(events.length).toBeLessThanOrEqual(maxEvents);
      expect(events.map(event => event.offset)).toEqual(range(offset, offset + events.length));
      expect(events.map(numberOf)).toEqual(range(offset, offset + events.length));
    }
    expect(await reader.read(300, 5)).toEqual([]);
  });

  it.each([1, 7, 64, 5_000])('gives every event once when read %i at a time', async maxEvents => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const payload = Buffer.alloc(2_000, 'x');
    await appendAll(
      writer,
      range(0, 300).map(n => sampleEvent({device: `d-${n}`, payload})),
    );
    await appendAll(
      writer,
      range(300, 310).map(n => sampleEvent({device: `d-${n}`, payload})),
    );
    const events = await readAll(await stream.openReader(), 0, maxEvents);
    expect(events.map(event => event.device)).toEqual(range(0, 310).map(n => `d-${n}`));
  });

  it('lets readers be at different places', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    const [early, late] = [await stream.openReader(), await stream.openReader()];
    await appendAll(
      writer,
      range(0, 20).map(n => numbered(n)),
    );
    expect((await late.read(15, 100)).map(numberOf)).toEqual(range(15, 20));
    await appendAll(
      writer,
      range(20, 30).map(n => numbered(n)),
    );
    expect((await readAll(early)).map(numberOf)).toEqual(range(0, 30));
    expect((await readAll(late, 20)).map(numberOf)).toEqual(range(20, 30));
  });
}

function describeCursors(open: Open): void {
  it('knows no cursor at first', async () => {
    await using stream = await open();
    const reader = await stream.openReader();
    expect(reader.cursor('store')).toBeUndefined();
    expect(reader.cursors()).toEqual([]);
  });

  it('keeps cursors by name, for every reader and after opening again', async () => {
    await using stream = await open();
    const writer = await stream.openWriter();
    await appendAll(
      writer,
      range(0, 10).map(n => numbered(n)),
    );
    const reader = await stream.openReader();
    await reader.moveCursor('store', 4);
    await Promise.all([reader.moveCursor('rules', 7), reader.moveCursor('store', 9)]);
    const other = await stream.openReader();
    expect(other.cursor('store')).toBe(9);
    await reader.close();
    await writer.close();
    const again = await stream.openReader();
    expect(again.cursors()).toEqual([
      {name: 'rules', offset: 7},
      {name: 'store', offset: 9},
    ]);
    expect((await readAll(again)).map(numberOf)).toEqual(range(0, 10));
  });
}

function describeRetention(open: Open): void {
  const dayMs = 86_400_000;
  const kilobyte = Buffer.alloc(1_000);

  /** One commit each, so that the stream has places where it can be cut. */
  async function appendOneByOne(writer: StreamWriter, recordedMs: readonly number[]): Promise<void> {
    for (const [n, time] of recordedMs.entries())
      await append(writer, sampleEvent({recordedMs: time, device: `d-${n}`, payload: kilobyte}));
  }

  it('removes events that are older than it has to keep', async () => {
    await using stream = await open();
    const writer = await stream.openWriter({retainMs: dayMs});
    await appendOneByOne(writer, [0, 1, 2, dayMs, dayMs + 1]);
    await writer.retain(dayMs + 2);
    const reader = await stream.openReader();
    expect(reader.first()).toBe(2);
    expect((await readAll(reader, 2)).map(event => event.device)).toEqual(['d-2', 'd-3', 'd-4']);
    await expect(reader.read(1, 10)).rejects.toMatchObject({code: 'IOT_OFFSET_GONE'});
  });

  it('keeps the newest events, so that the next offset is never forgotten', async () => {
    await using stream = await open();
    const writer = await stream.openWriter({retainMs: dayMs});
    await appendOneByOne(writer, [0, 1, 2]);
    await writer.retain(10 * dayMs);
    await writer.close();
    expect((await stream.openReader()).head()).toBe(3);
    expect(await append(await stream.openWriter(), sampleEvent())).toBe(3);
  });

  it('removes the oldest events when it holds more bytes than it has to keep', async () => {
    await using stream = await open();
    const writer = await stream.openWriter({retainBytes: 100_000});
    await appendOneByOne(writer, range(0, 300));
    await writer.retain(300);
    const reader = await stream.openReader();
    expect(reader.first()).toBeGreaterThan(100);
    expect(reader.first()).toBeLessThan(290);
    expect(reader.head()).toBe(300);
  });

  it('keeps what a cursor has not read', async () => {
    await using stream = await open();
    const writer = await stream.openWriter({retainMs: dayMs, retainBytes: 10_000});
    await appendOneByOne(writer, range(0, 100));
    const reader = await stream.openReader();
    await reader.moveCursor('slow', 30);
    await reader.moveCursor('quick', 90);
    await writer.retain(10 * dayMs);
    expect(reader.first()).toBe(30);
    await reader.moveCursor('slow', 60);
    await writer.retain(10 * dayMs);
    expect(reader.first()).toBe(60);
    expect(reader.head()).toBe(100);
  });

  it('says in an event what a cursor has lost when the hard limit forces it', async () => {
    await using stream = await open();
    const writer = await stream.openWriter({retainBytes: 50_000, hardLimitBytes: 150_000});
    await appendOneByOne(writer, range(0, 300));
    const reader = await stream.openReader();
    await reader.moveCursor('slow', 5);
    await reader.moveCursor('quick', 300);
    await writer.retain(300);
    const first = reader.first();
    expect(first).toBeGreaterThan(5);
    const gaps = (await readAll(reader, 300)).filter(event => event.type === 'stream.gap');
    expect(gaps.map(gap => [gap.tenant, gap.device])).toEqual(gaps.map(() => ['', '']));
    const told = gaps.map(gap => JSON.parse(Buffer.from(gap.payload).toString()) as Record<string, unknown>);
    expect(new Set(told.map(gap => gap.cursor))).toEqual(new Set(['slow']));
    expect(told[0]).toMatchObject({from: 5});
    expect(told.at(-1)).toMatchObject({to: first});
    expect(told.reduce((sum, gap) => sum + Number(gap.count), 0)).toBe(first - 5);
  });
}

/** Bytes compare as bytes, whichever class holds them. */
const comparable = <E extends NewEvent>(event: E) => ({...event, payload: [...event.payload]});
