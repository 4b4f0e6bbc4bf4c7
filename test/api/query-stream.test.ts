/** Answers that leave the API as a stream: with a real store behind it. */
import {once} from 'node:events';
import {request as httpRequest, type IncomingMessage} from 'node:http';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {AnswerStream, ApiPorts} from '../../src/api/ports.js';
import {ApiClient} from '../../src/client/api-client.js';
import type {QueryEnd} from '../../src/domain/query.js';
import {QueryDesk} from '../../src/platform/query-desk.js';
import {within} from '../support/deadline.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';
import {eventOf, startStore} from '../support/start-store.js';

const ENDLESS = 'SELECT a.range FROM range(1000000) a, range(1000000) b';
const FAILING = `SELECT CASE WHEN range = 900000 THEN error('thére') ELSE range END FROM range(1000000)`;

let world: Awaited<ReturnType<typeof startStore>>;
let api: StartedApi;
/** How often the store was asked for a piece. */
let pieces = 0;
let begun: Promise<void>;
let cancelled: Promise<void>;

beforeEach(async () => {
  world = await startStore();
  await world.put(eventOf({a: 1}), eventOf({a: 2}));
  pieces = 0;
  api = await startTestApi(portsTo(new QueryDesk(world.store)));
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** As the platform has them, without the thread in between. */
function portsTo(desk: QueryDesk): Pick<ApiPorts, 'query' | 'queryStream'> {
  let begin = (): void => {};
  begun = new Promise(resolve => {
    begin = resolve;
  });
  let told = (): void => {};
  cancelled = new Promise(resolve => {
    told = resolve;
  });
  const onAbort = (id: number, signal: AbortSignal): void => {
    begin();
    signal.addEventListener('abort', () => {
      desk.cancel(id);
      told();
    });
  };
  return {
    query(tenant, query, signal) {
      onAbort(1, signal);
      return desk.query({id: 1, tenant, query: query as never});
    },
    async *queryStream(tenant, query, signal): AnswerStream {
      onAbort(2, signal);
      await desk.open({id: 2, tenant, query: query as never});
      for (;;) {
        const piece = await desk.read(2);
        if (!(piece instanceof Uint8Array)) return piece;
        pieces++;
        yield piece;
      }
    },
  };
}

/** A request as any client makes it, and the answer before it is read. */
async function ask(sql: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const asked = httpRequest(`${api.url}/v1/query`, {
    method: 'POST',
    headers: {authorization: `Bearer ${api.token}`, 'content-type': 'application/json', ...headers},
  });
  asked.end(JSON.stringify({sql}));
  const [answer] = (await within(once(asked, 'response'), 'the answer')) as [IncomingMessage];
  asked.on('error', () => undefined);
  return answer;
}

async function readAll(answer: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('an answer', () => {
  const sql = 'SELECT device, value FROM readings ORDER BY "offset"';

  it.each([
    ['text/csv', 'text/csv; charset=utf-8', 'device,value\r\nlamp-1,1\r\nlamp-1,2\r\n'],
    [
      'text/html, application/x-ndjson;q=0.9',
      'application/x-ndjson; charset=utf-8',
      '{"device":"lamp-1","value":1}\n{"device":"lamp-1","value":2}\n',
    ],
  ])('is what %s asks for', async (accept, type, text) => {
    const answer = await ask(sql, {accept, te: 'trailers', connection: 'TE'});
    expect(answer.headers['content-type']).toBe(type);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await readAll(answer)).toBe(text);
    const end = JSON.parse(answer.trailers['iotctl-end']!) as QueryEnd;
    expect(end).toMatchObject({rows: 2, truncated: false, freshness: {completeTo: 2, lag: 0}});
  });

  it.each(['*/*', 'application/json, text/csv', 'text/html'])('is JSON for %s', async accept => {
    const answer = await ask(sql, {accept});
    expect(JSON.parse(await readAll(answer))).toMatchObject({
      rows: [
        ['lamp-1', 1],
        ['lamp-1', 2],
      ],
      freshness: {completeTo: 2, lag: 0},
    });
  });

  it.each([
    ['SELEC', 400],
    ['DROP TABLE events', 403],
  ])('that cannot be begun has a status: %s', async (wrong, status) => {
    expect((await ask(wrong, {accept: 'text/csv'})).statusCode).toBe(status);
  });

  it('that fails half-way says so in a trailer, to who takes them', async () => {
    const answer = await ask(FAILING, {accept: 'text/csv', te: 'trailers', connection: 'TE'});
    expect(answer.statusCode).toBe(200);
    await readAll(answer);
    expect(JSON.parse(answer.trailers['iotctl-problem']!)).toMatchObject({
      code: 'IOT_QUERY_INVALID',
      detail: expect.stringContaining('thére') as string,
    });
  });

  it('that fails half-way is never whole for anybody else', async () => {
    const answer = await ask(FAILING, {accept: 'text/csv'});
    await expect(readAll(answer)).rejects.toThrow('aborted');
    expect(answer.complete).toBe(false);
  });

  it('is the same through the client, which throws what the platform says', async () => {
    const read = async (asked: string): Promise<[string, QueryEnd | undefined]> => {
      const stream = new ApiClient({url: api.url, token: api.token}).queryStream({sql: asked, format: 'csv'});
      let text = '';
      let piece = await stream.next();
      for (; piece.done !== true; piece = await stream.next()) text += Buffer.from(piece.value).toString();
      return [text, piece.value];
    };
    expect(await read(sql)).toMatchObject(['device,value\r\nlamp-1,1\r\nlamp-1,2\r\n', {rows: 2}]);
    await expect(read(FAILING)).rejects.toMatchObject({code: 'IOT_QUERY_INVALID'});
    await expect(read('SELEC')).rejects.toMatchObject({code: 'IOT_QUERY_INVALID'});
  });
});

describe('a reader', () => {
  it('that takes nothing holds the query back', async () => {
    const answer = await ask(ENDLESS, {accept: 'text/csv'});
    let before = -1;
    while (before !== pieces) {
      before = pieces;
      await world.rows('SELECT sleep_ms(200)');
    }
    expect(pieces).toBeLessThan(200);
    answer.destroy();
    await within(cancelled, 'the query to be cancelled');
  });

  it.each(['text/csv', 'application/json'])('that goes away ends the query (%s)', async accept => {
    const gone = new AbortController();
    const asked = fetch(`${api.url}/v1/query`, {
      method: 'POST',
      headers: {authorization: `Bearer ${api.token}`, 'content-type': 'application/json', accept},
      body: JSON.stringify({sql: 'SELECT sleep_ms(60000)'}),
      signal: gone.signal,
    });
    await within(begun, 'the query to begin');
    gone.abort();
    await expect(asked).rejects.toThrow();
    await within(cancelled, 'the query to be cancelled');
    expect(await world.rows('SELECT 1')).toEqual([[1]]);
    expect(api.bugs).toEqual([]);
  });
});
