import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {NewEvent} from '../../src/domain/event.js';
import {decodeBatch} from '../../src/stream/batch-decoder.js';
import {BatchEncoder} from '../../src/stream/batch-encoder.js';
import {decodeKey, encodeKey, seekKey} from '../../src/stream/batch-key.js';
import {sampleEvent} from './sample-events.js';

/** Any UTF-16 at all: names, emoji, lone surrogates, nothing. */
const text = fc.oneof(
  fc.constantFrom('', 'default', 'lamp-1', 'telemetry', '__proto__', 'constructor', '\0', 'ÿ', 'Ā', '\ud800'),
  fc.string({unit: 'binary'}),
  fc.array(fc.integer({min: 0, max: 0xffff}), {maxLength: 8}).map(units => String.fromCharCode(...units)),
);

const time = fc.oneof(
  fc.integer({min: 1_700_000_000_000, max: 1_700_000_100_000}),
  fc.maxSafeInteger(),
  fc.double({noNaN: true}).map(value => value + 0),
  fc.constantFrom(0, 2 ** 31, -(2 ** 31), 8.64e15, -8.64e15),
);

const event: fc.Arbitrary<NewEvent> = fc.record({
  tenant: text,
  device: text,
  type: text,
  component: text,
  timeMs: fc.option(time, {nil: undefined}),
  recordedMs: time,
  contentType: fc.constantFrom('application/json' as const, 'application/octet-stream' as const),
  payload: fc.uint8Array({maxLength: 300}),
  attributes: fc.option(
    fc
      .array(fc.tuple(text, text), {maxLength: 4})
      .map(pairs => Object.fromEntries(pairs) as Record<string, string>),
    {nil: undefined},
  ),
});

function encode(events: readonly NewEvent[], firstOffset: number): Buffer {
  const encoder = new BatchEncoder();
  for (const each of events) encoder.add(each);
  expect(encoder.count).toBe(events.length);
  const {byteLength} = encoder;
  const batch = encoder.finish(firstOffset);
  expect(batch.length).toBeLessThanOrEqual(byteLength);
  return batch;
}

const plain = (value: NewEvent) => ({
  ...value,
  payload: [...value.payload],
  attributes: value.attributes === undefined ? undefined : Object.entries(value.attributes),
});

describe('a batch', () => {
  it('gives back any events as they were', () => {
    fc.assert(
      fc.property(fc.array(event, {minLength: 1, maxLength: 20}), fc.maxSafeNat(), (events, firstOffset) => {
        const decoded = decodeBatch(encode(events, firstOffset), firstOffset);
        expect(decoded.map(plain)).toEqual(
          events.map((each, index) => ({...plain(each), offset: firstOffset + index})),
        );
      }),
    );
  });

  it('is refused whichever byte of it is another', () => {
    fc.assert(
      fc.property(
        fc.array(event, {minLength: 1, maxLength: 5}),
        fc.nat(),
        fc.integer({min: 1, max: 255}),
        (events, position, change) => {
          const batch = Buffer.from(encode(events, 42));
          batch[position % batch.length]! ^= change;
          expect(() => decodeBatch(batch, 42)).toThrow(expect.objectContaining({code: 'IOT_DATA_CORRUPT'}));
        },
      ),
    );
  });

  it('is refused wherever it is cut off', () => {
    fc.assert(
      fc.property(fc.array(event, {minLength: 1, maxLength: 5}), fc.nat(), (events, length) => {
        const batch = encode(events, 42);
        expect(() => decodeBatch(batch.subarray(0, length % batch.length), 42)).toThrow(/offset 42/);
      }),
    );
  });

  it('is refused under another offset than its own', () => {
    expect(() => decodeBatch(encode([sampleEvent()], 7), 8)).toThrow('damaged at offset 8');
  });

  it('stores a string once, however many events have it', () => {
    const device = 'a-device-with-a-long-name';
    const one = encode([sampleEvent({device})], 0).length;
    const many = encode(
      Array.from({length: 101}, () => sampleEvent({device})),
      0,
    ).length;
    expect((many - one) / 100).toBeLessThan(sampleEvent().payload.length + 10);
  });

  it('shares the memory of the batch with the payloads', () => {
    const batch = encode([sampleEvent()], 0);
    expect(decodeBatch(batch, 0)[0]!.payload.buffer).toBe(batch.buffer);
  });

  it('stays as it was when an event cannot be added', () => {
    const encoder = new BatchEncoder();
    encoder.add(sampleEvent());
    const broken = {...sampleEvent(), attributes: {reason: undefined as unknown as string}};
    expect(() => encoder.add(broken)).toThrow(TypeError);
    encoder.add(sampleEvent({device: 'lamp-2'}));
    expect(decodeBatch(encoder.finish(0), 0).map(each => each.device)).toEqual(['lamp-1', 'lamp-2']);
  });
});

describe('the key of a batch', () => {
  const key = fc.record({
    first: fc.maxSafeNat(),
    end: fc.maxSafeNat(),
    newestMs: fc.double({noNaN: true}),
    bytes: fc.nat(),
  });

  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(key, each => {
        expect(decodeKey(encodeKey(each))).toEqual(each);
      }),
    );
  });

  it('sorts by first offset, and a place to seek sorts before the batch that starts there', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        if (a.first !== b.first)
          expect(Math.sign(Buffer.compare(encodeKey(a), encodeKey(b)))).toBe(Math.sign(a.first - b.first));
        expect(Buffer.compare(seekKey(a.first), encodeKey(a))).toBe(-1);
        if (a.first > 0)
          expect(Buffer.compare(encodeKey({...b, first: a.first - 1}), seekKey(a.first))).toBe(-1);
      }),
    );
  });
});
