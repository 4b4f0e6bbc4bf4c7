import fc from 'fast-check';
import {expect, it} from 'vitest';
import {compareTexts} from '../../src/store/text-order.js';

it('sorts texts as SQL does: by the bytes of their UTF-8', () => {
  const text = fc.string({unit: fc.constantFrom('', 'a', 'b', 'ÿ', '퟿', '', '￿', '𐀀', '😀'), maxLength: 6});
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareTexts(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
