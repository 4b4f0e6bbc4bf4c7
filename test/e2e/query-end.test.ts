/** Whoever stops a query ends it on the platform too; whoever does not read holds it back, and nobody else. */
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {QueryCounts} from '../../src/domain/status.js';
import {iotctl} from '../support/built-bin.js';
import {until, within} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

const ENDLESS = 'SELECT a.range FROM range(1000000) a, range(1000000) b';
const MIB = 2 ** 20;
/** In a row, that find nothing running. */
const LOOKS = 20;
/** Less than what is read meanwhile; what heaps and the kernel's buffers grow by. */
const GROWTH_BYTES_MAX = 40 * MIB;

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => await platform[Symbol.asyncDispose]());

/** A query whose answer is not read but by the test. */
const begin = (sql: string, ...flags: string[]) =>
  iotctl(['query', sql, '-o', 'csv', ...flags], {env: platform.env, cwd: platform.home, buffer: false});

/** As the platform's gauges have them. */
async function queries(): Promise<QueryCounts> {
  const authorization = `Bearer ${readFileSync(join(platform.folder, 'admin-token'), 'utf8').trim()}`;
  const answer = await fetch(`${platform.address.apiUrl}/metrics`, {headers: {authorization}});
  const text = await answer.text();
  const gauge = (name: string): number =>
    Number(
      text
        .split('\n')
        .find(line => line.startsWith(`${name} `))!
        .split(' ')[1],
    );
  return {
    running: gauge('iotctl_store_queries{state="running"}'),
    waiting: gauge('iotctl_store_queries{state="waiting"}'),
    streams: gauge('iotctl_store_streams'),
  };
}

async function expectEnded(): Promise<void> {
  const isOver = async (): Promise<boolean> => {
    const {running, waiting, streams} = await queries();
    return running + waiting + streams === 0;
  };
  await until(isOver, 'the query to end on the platform');
  expect((await platform.api.query({sql: 'SELECT 1'})).rows).toEqual([[1]]);
}

describe('a query', () => {
  // A process that has threads for fewer would answer one after the other.
  it('runs beside three others, and a fifth waits', async () => {
    const ended = new AbortController();
    const all = Array.from({length: 5}, () =>
      platform.api.query({sql: 'SELECT sleep_ms(600000)'}, ended.signal),
    );
    const isFull = async (): Promise<boolean> => {
      const {running, waiting} = await queries();
      return running === 4 && waiting === 1;
    };
    await until(isFull, 'four to run and one to wait').finally(() => ended.abort());
    await Promise.allSettled(all);
    await expectEnded();
  });

  it.each([
    ['while its rows are written', ENDLESS],
    ['before its first row', 'SELECT sleep_ms(600000)'],
  ])('ends on the platform with Ctrl-C, %s', async (_, sql) => {
    const child = begin(sql);
    if (sql === ENDLESS) await within(once(child.stdout as Readable, 'data'), 'the first rows');
    else await until(async () => (await queries()).running === 1, 'the query to run');
    expect((await queries()).streams).toBe(1);
    child.kill('SIGINT');
    expect((await within(Promise.resolve(child), 'the command to end')).exitCode).toBe(130);
    await expectEnded();
  });

  it.each([
    ['while its rows are written', ENDLESS],
    ['before its first row', 'SELECT sleep_ms(600000)'],
  ])('ends on the platform when its time is over, %s', async (_, sql) => {
    const child = begin(sql, '--timeout', '500ms');
    (child.stdout as Readable).resume();
    let told = '';
    (child.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    expect((await within(Promise.resolve(child), 'the command to end')).exitCode).toBe(8);
    expect(told).toContain('IOT_QUERY_TIMEOUT');
    await expectEnded();
  });

  it('goes no further than its reader, in constant memory on both sides', async () => {
    const child = begin(ENDLESS);
    const stdout = child.stdout as Readable;
    await readBytes(stdout, 16 * MIB);
    const before = {command: rssBytes(child.pid!), platform: rssBytes(platform.address.pid)};
    await readBytes(stdout, 64 * MIB);
    // It has no end: where nothing runs at look after look, its reader holds it back.
    let looks = 0;
    const isHeldBack = async (): Promise<boolean> => {
      looks = (await queries()).running === 0 ? looks + 1 : 0;
      return looks === LOOKS;
    };
    await until(isHeldBack, 'the query to be held back');
    expect(rssBytes(child.pid!) - before.command).toBeLessThan(GROWTH_BYTES_MAX);
    expect(rssBytes(platform.address.pid) - before.platform).toBeLessThan(GROWTH_BYTES_MAX);
    expect(await queries()).toEqual({running: 0, waiting: 0, streams: 1});
    child.kill('SIGKILL');
    await child;
    await expectEnded();
  });
});

async function readBytes(stream: Readable, count: number): Promise<void> {
  for (let read = 0; read < count; ) {
    const chunk = stream.read() as Buffer | null;
    if (chunk === null) await within(once(stream, 'readable'), 'more of the answer');
    else read += chunk.length;
  }
}

function rssBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kib) * 1024;
}
