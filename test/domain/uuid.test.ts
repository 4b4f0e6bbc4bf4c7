import {expect, it} from 'vitest';
import {uuidV7} from '../../src/domain/uuid.js';

/** RFC 9562, 5.7: version 7, variant 10. */
const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it.each([0, 1, 0xffff, Date.now(), 2 ** 48 - 1])('says the time %d and the version, in its shape', nowMs => {
  const id = uuidV7(nowMs);
  expect(id).toMatch(SHAPE);
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(nowMs);
});

it('is another one each time, and sorts by time', () => {
  const nowMs = Date.now();
  const ids = Array.from({length: 10_000}, (_, index) => uuidV7(nowMs + index));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});
