/** Events for tests, and what one does with them on a stream. */
import type {NewEvent, StoredEvent} from '../../src/domain/event.js';
import type {StreamReader, StreamWriter} from '../../src/stream/event-stream.js';

/** Recent: the stream removes old events by itself. */
const NOW_MS = Date.now();

export const sampleEvent = (fields: Partial<NewEvent> = {}): NewEvent => ({
  tenant: 'default',
  device: 'lamp-1',
  type: 'telemetry',
  component: '',
  timeMs: undefined,
  recordedMs: NOW_MS,
  contentType: 'application/json',
  payload: Buffer.from('{"on":true}'),
  attributes: undefined,
  ...fields,
});

/** An event whose payload is its number. */
export const numbered = (number: number, fields: Partial<NewEvent> = {}): NewEvent =>
  sampleEvent({payload: Buffer.from(String(number)), ...fields});

export const numberOf = (event: StoredEvent): number => Number(Buffer.from(event.payload).toString());

/** Resolves to the event's offset when it is on disk. */
export const append = (writer: StreamWriter, event: NewEvent): Promise<number> =>
  new Promise((resolve, reject) =>
    writer.append(event, (error, offset) => (error === undefined ? resolve(offset) : reject(error))),
  );

export const appendAll = (writer: StreamWriter, events: readonly NewEvent[]): Promise<number[]> =>
  Promise.all(events.map(event => append(writer, event)));

/** Everything from `offset` to the head, read in steps of `maxEvents`. */
export async function readAll(reader: StreamReader, offset = 0, maxEvents = 1_000): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const events = await reader.read(offset + all.length, maxEvents);
    if (events.length === 0) return all;
    all.push(...events);
  }
}

/** The numbers from `start` up to but not including `end`. */
export const range = (start: number, end: number): number[] =>
  Array.from({length: Math.max(0, end - start)}, (_, index) => start + index);
