import {pino} from 'pino';
import {expect, it} from 'vitest';
import {Part} from '../../src/platform/part.js';

const MODULE = new URL('../support/part-child.js', import.meta.url);

type Theirs = {fail: (nothing: undefined) => void; close: (nothing: undefined) => void};

it('is started again after a fault, with what is true then', async () => {
  const known = ['old'];
  let current: readonly string[] = [...known];
  let restarted: (reason: string) => void = () => undefined;
  const restart = new Promise<string>(resolve => {
    restarted = resolve;
  });
  const started: unknown[] = [];
  const part = new Part<Theirs, readonly string[]>({
    name: 'child',
    module: MODULE,
    data: () => {
      started.push(current);
      return current;
    },
    refresh: async () => {
      current = [...known];
    },
    offers: {},
    logger: pino({level: 'silent'}),
    onRestart: restarted,
  });
  expect(await part.start()).toEqual(['old']);
  known.push('new');
  part.port.notify('fail', undefined);
  expect(await restart).toBe('as it was told');
  expect(started).toEqual([['old'], ['old', 'new']]);
  expect(part.restarts).toBe(1);
  await part.stop(() => part.port.call('close', undefined));
});

it('stays stopped where it is stopped between a fault and its new start', async () => {
  let isRefreshing: () => void = () => undefined;
  const refreshing = new Promise<void>(resolve => {
    isRefreshing = resolve;
  });
  let goOn: () => void = () => undefined;
  const going = new Promise<void>(resolve => {
    goOn = resolve;
  });
  let starts = 0;
  const part = new Part<Theirs, undefined>({
    name: 'child',
    module: MODULE,
    data: () => {
      starts++;
      return undefined;
    },
    refresh: async () => {
      isRefreshing();
      await going;
    },
    offers: {},
    logger: pino({level: 'silent'}),
    onRestart: () => expect.unreachable(),
  });
  await part.start();
  part.port.notify('fail', undefined);
  await refreshing;
  await part.stop(async () => {});
  goOn();
  await going;
  expect([starts, part.restarts]).toEqual([1, 0]);
});
