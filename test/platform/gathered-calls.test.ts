import {expect, it} from 'vitest';
import {GatheredCalls} from '../../src/platform/gathered-calls.js';

function startCalls() {
  const messages: {readonly requests: readonly number[]; readonly settle: (error?: Error) => void}[] = [];
  const calls = new GatheredCalls<number, number>(
    requests =>
      new Promise((resolve, reject) => {
        const settle = (error?: Error) => (error ? reject(error) : resolve(requests.map(n => n * 2)));
        messages.push({requests, settle});
      }),
  );
  return {calls, messages};
}

it('asks the first call at once, and what comes meanwhile together', async () => {
  const {calls, messages} = startCalls();
  const answers = [1, 2, 3].map(n => calls.call(n));
  expect(messages.map(({requests}) => requests)).toEqual([[1]]);
  messages[0]!.settle();
  expect(await answers[0]).toBe(2);
  await expect.poll(() => messages.length).toBe(2);
  expect(messages[1]!.requests).toEqual([2, 3]);
  messages[1]!.settle();
  expect(await Promise.all(answers)).toEqual([2, 4, 6]);
});

it('fails the calls of a message that fails, and asks the next', async () => {
  const {calls, messages} = startCalls();
  const answers = [1, 2].map(n => calls.call(n));
  messages[0]!.settle(new Error('gone'));
  await expect(answers[0]).rejects.toThrow('gone');
  await expect.poll(() => messages.length).toBe(2);
  messages[1]!.settle();
  expect(await answers[1]).toBe(4);
});

it('puts no more than a hundred into a message, and refuses what would wait without end', async () => {
  const {calls, messages} = startCalls();
  const answers = Array.from({length: 20_001}, (_, n) => calls.call(n));
  await expect(calls.call(0)).rejects.toMatchObject({code: 'IOT_PART_UNAVAILABLE'});
  messages[0]!.settle();
  expect(await answers[0]).toBe(0);
  await expect.poll(() => messages.length).toBe(2);
  expect(messages[1]!.requests).toHaveLength(100);
});
