import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {CurrentMessage} from '../../../src/sim/load/message.js';
import {STAMP_BYTES, STAMP_TEXT_BYTES, Stamper} from '../../../src/sim/load/stamp.js';

const message = fc
  .record({
    stream: fc.integer({min: 0, max: 2 ** 24 - 1}),
    sequence: fc.integer({min: 0, max: 2 ** 32 - 1}),
    dueMs: fc.double({min: 0, max: 1e10, noNaN: true}),
    lagMs: fc.double({min: 0, max: 130_000, noNaN: true}),
  })
  .map(({lagMs, ...rest}) => ({...rest, sentMs: rest.dueMs + lagMs}) as CurrentMessage);

describe('a stamp', () => {
  it('is read as it was written, in bytes and in text', () => {
    fc.assert(
      fc.property(message, one => {
        const stamper = new Stamper('run');
        const bytes = Buffer.alloc(STAMP_BYTES + 2);
        expect(stamper.write(bytes, 2, one)).toBe(STAMP_BYTES + 2);
        const text = Buffer.alloc(STAMP_TEXT_BYTES);
        stamper.writeText(text, 0, one);
        const nowMs = one.dueMs + 1000;
        for (const read of [
          () => stamper.read(bytes.subarray(2), nowMs),
          () =>
            stamper.readText(Buffer.concat([Buffer.from('{"a":1,"s":"'), text, Buffer.from('"}')]), nowMs),
        ]) {
          const stamp = read()!;
          expect({stream: stamp.stream, sequence: stamp.sequence}).toEqual({
            stream: one.stream,
            sequence: one.sequence,
          });
          expect(Math.abs(stamp.dueMs - one.dueMs)).toBeLessThan(0.001);
          expect(Math.abs(stamp.sentMs - one.sentMs)).toBeLessThan(0.002 + (one.sentMs - one.dueMs) * 0.0005);
        }
      }),
    );
  });

  it('of another run, or changed, is none', () => {
    const one: CurrentMessage = {
      stream: 7,
      sequence: 9,
      dueMs: 1234.5,
      sentMs: 1235,
      identity: undefined as never,
    };
    const bytes = Buffer.alloc(STAMP_BYTES);
    new Stamper('a').write(bytes, 0, one);
    expect(new Stamper('b').read(bytes, 2000)).toBeUndefined();
    expect(new Stamper('a').read(bytes.subarray(1), 2000)).toBeUndefined();
    for (let at = 0; at < STAMP_BYTES; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(new Stamper('a').read(changed, 2000)).toBeUndefined();
    }
  });
});
