import {expect, it} from 'vitest';
import {readParameters} from '../../src/cli/query/parameters.js';

it('reads names, numbers, and what stands behind the statement', () => {
  expect(readParameters(['device=lamp-1', 'min=30', 'id=007', 'on=true', 'none=null', 'x=a=b'], [])).toEqual({
    device: 'lamp-1',
    min: 30,
    id: '007',
    on: true,
    none: null,
    x: 'a=b',
  });
  expect(readParameters(['3=c'], ['a', '-1.5'])).toEqual({1: 'a', 2: -1.5, 3: 'c'});
});

it('takes the type that is said', () => {
  expect(readParameters(['a:text=30', 'b:number=1.50', 'c:bool=false', 'd:text='], [])).toEqual({
    a: '30',
    b: 1.5,
    c: false,
    d: '',
  });
  const {t} = readParameters(['t:time=1h'], []);
  expect(Date.now() - Date.parse(String(t))).toBeLessThan(3_600_000 + 60_000);
  expect(readParameters(['t:time=2026-01-31T12:00:00Z'], [])).toEqual({t: '2026-01-31T12:00:00.000Z'});
});

it.each(['lamp', '=x', 'a b=1', 'a:colour=red', 'a:number=warm', 'a:bool=1', 'a:time=soon'])(
  'refuses %s',
  entry => {
    expect(() => readParameters([entry], [])).toThrow();
  },
);

it('refuses a value that is given twice', () => {
  expect(() => readParameters(['a=1', 'a=2'], [])).toThrow(/twice/);
  expect(() => readParameters(['1=1'], ['x'])).toThrow(/twice/);
});
