import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {differences} from '../../src/domain/differences.js';

describe('the differences of two documents', () => {
  it('are the leaves that are others, gone or new', () => {
    const from = {a: 1, b: {c: [1], d: 'x'}, gone: {deep: true}};
    const to = {a: 1, b: {c: [1, 2], d: 'x', e: null}, constructor: 'new'};
    expect(differences(from, to)).toEqual([
      {path: 'b.c', from: [1], to: [1, 2]},
      {path: 'b.e', from: undefined, to: null},
      {path: 'gone', from: {deep: true}, to: undefined},
      {path: 'constructor', from: undefined, to: 'new'},
    ]);
  });

  it('are none between a document and itself, whatever it is', () => {
    fc.assert(fc.property(fc.jsonValue(), value => differences(value, structuredClone(value)).length === 0));
  });
});
