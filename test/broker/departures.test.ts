import {setImmediate as turn} from 'node:timers/promises';
import {expect, it} from 'vitest';
import {Departures} from '../../src/broker/departures.js';

it('ends all, in their order, and lets others have a turn in between', async () => {
  const departures = new Departures();
  const ended: number[] = [];
  for (let i = 0; i < 1000; i++) departures.add(() => ended.push(i));
  expect(ended, 'never at once').toEqual([]);
  let turns = 0;
  while (ended.length < 1000 && turns < 1000) {
    await turn();
    turns++;
  }
  expect(ended).toEqual(Array.from({length: 1000}, (_, i) => i));
  expect(turns).toBeGreaterThan(10);
});

it('takes more while it ends some, and after all were ended', async () => {
  const departures = new Departures();
  const ended: string[] = [];
  departures.add(() => {
    ended.push('first');
    departures.add(() => ended.push('second'));
  });
  await turn();
  await turn();
  expect(ended).toEqual(['first', 'second']);
  departures.add(() => ended.push('third'));
  await turn();
  expect(ended).toEqual(['first', 'second', 'third']);
});
