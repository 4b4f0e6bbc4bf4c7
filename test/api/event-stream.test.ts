import {once} from 'node:events';
import {createServer} from 'node:http';
import {connect, type Socket} from 'node:net';
import {expect, it} from 'vitest';
import {EventStreamReply} from '../../src/api/event-stream-reply.js';
import {sampleEvent} from '../stream/sample-events.js';
import {until, within} from '../support/deadline.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

/** A reader of `/v1/events/tail` on a bare socket, which reads only when it is told to. */
async function openTail(
  api: StartedApi,
  query = '',
  headers = '',
): Promise<{socket: Socket; text: () => string}> {
  const socket = connect(api.port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(
    `GET /v1/events/tail${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${api.token}\r\n${headers}\r\n`,
  );
  return {socket, text: () => text};
}

const idsIn = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(match => Number(match[1]));

it('says when the live part begins, then writes each event with its offset as id', async () => {
  await using api = await startTestApi();
  api.events.append(sampleEvent(), sampleEvent());
  const {socket, text} = await openTail(api, '?after=0');
  await until(() => text().includes(': ready'), 'the live part');
  api.events.append(sampleEvent({payload: Buffer.from('{\n  "big": 12345678901234567890\r\n}')}));
  await until(() => idsIn(text()).length === 2, 'the live event');
  expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream; charset=utf-8\r\n/);
  expect(text().indexOf('id: 1\n')).toBeLessThan(text().indexOf(': ready'));
  expect(text()).toContain('"data":{   "big": 12345678901234567890 }}\n\n');
  socket.destroy();
  await until(() => api.events.listeners === 0, 'the tail to be forgotten');
});

it('writes what was committed together in one piece', async () => {
  await using api = await startTestApi();
  const {socket, text} = await openTail(api);
  await until(() => text().includes(': ready'), 'the live part');
  let pieces = 0;
  socket.on('data', () => pieces++);
  api.events.append(...Array.from({length: 50}, () => sampleEvent()));
  await until(() => idsIn(text()).length === 50, 'all events');
  expect(pieces).toBe(1);
  socket.destroy();
});

it('resumes after Last-Event-ID, whatever the query began with', async () => {
  await using api = await startTestApi();
  api.events.append(...Array.from({length: 9}, () => sampleEvent({timeMs: 1})));
  api.events.store(5);
  const {socket, text} = await openTail(api, '?last=1&since=15m', 'Last-Event-ID: 3\r\n');
  await until(() => text().includes(': ready'), 'the live part');
  expect(idsIn(text())).toEqual([4, 5, 6, 7, 8]);
  socket.destroy();
});

it('ends by itself without follow', async () => {
  await using api = await startTestApi();
  api.events.append(sampleEvent(), sampleEvent());
  const answer = await api.request('/v1/events/tail?after=-1&follow=false');
  expect(idsIn(await answer.text())).toEqual([0, 1]);
});

it('cuts off a reader that does not read, while another one gets everything', async () => {
  await using api = await startTestApi();
  const slow = await openTail(api);
  const quick = await openTail(api);
  await until(() => slow.text().includes(': ready') && quick.text().includes(': ready'), 'both');
  slow.socket.pause();
  let [last, rest] = [-1, ''];
  quick.socket.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop()!;
    last = idsIn(lines.filter(line => line.startsWith('id: ')).join('\n')).at(-1) ?? last;
  });
  const body = Buffer.from(`{"text":"${'x'.repeat(100_000)}"}`);
  let written = 0;
  while (written < 300) {
    written = api.events.append(...Array.from({length: 10}, () => sampleEvent({payload: body})));
    await until(() => last === written - 1, `event ${written - 1}`);
  }
  await until(() => api.events.listeners === 1, 'the slow one to be given up');
  slow.socket.resume();
  await within(once(slow.socket, 'close'), 'the connection of the slow one to be closed');
  const got = idsIn(slow.text());
  const error = /event: error\ndata: (.*)\n\n/.exec(slow.text())?.[1] ?? '{}';
  expect(JSON.parse(error)).toEqual({
    code: 'IOT_TOO_SLOW',
    detail: `the reader does not keep up; resume after offset ${got.at(-1)}`,
  });
  expect(got).toEqual(Array.from({length: got.length}, (_, index) => index));
  expect(got.length).toBeLessThan(300);
  quick.socket.destroy();
}, 40_000);

it('leaves a reader that never reads again', async () => {
  const server = createServer((_request, response) => {
    const out = new EventStreamReply(response, {unreadBytesMax: 1, unreadMsMax: 50, lingerMs: 50});
    const events = Array.from({length: 200}, (_, offset) => ({
      ...sampleEvent({payload: Buffer.from(JSON.stringify('x'.repeat(100_000)))}),
      offset,
    }));
    response.once('close', () => server.emit('left'));
    const told = (outcome: unknown): void => {
      server.emit('sent', outcome);
      out.end();
    };
    out.send(events).then(() => told('all'), told);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sent = once(server, 'sent');
  const left = once(server, 'left');
  const socket = connect((server.address() as {port: number}).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.pause();
  expect(await within(sent, 'the reader to be found slow')).toMatchObject([{code: 'IOT_TOO_SLOW'}]);
  await within(left, 'the connection to be destroyed');
  socket.destroy();
  server.close();
});

it('opens no more than 200 at once, and takes another when one has gone', async () => {
  await using api = await startTestApi();
  const tails = await Promise.all(Array.from({length: 200}, () => openTail(api)));
  await until(() => tails.every(({text}) => text().includes(': ready')), 'all of them');
  const refused = await api.request('/v1/events/tail');
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({code: 'IOT_PART_UNAVAILABLE'});
  tails[0]!.socket.destroy();
  await until(() => api.events.listeners === 199, 'one to be gone');
  const again = await openTail(api);
  await until(() => again.text().includes(': ready'), 'the new one');
  api.events.append(sampleEvent());
  await until(() => tails.slice(1).every(({text}) => idsIn(text()).length === 1), 'all to have it');
  for (const {socket} of [...tails, again]) socket.destroy();
});

it('does not count what was refused, or has ended', async () => {
  await using api = await startTestApi();
  for (let round = 0; round < 250; round++) {
    expect((await api.request('/v1/events/tail?after=5')).status).toBe(400);
    expect((await api.request('/v1/events/tail?last=1&follow=false')).status).toBe(200);
  }
});

it('ends when its token is deleted', async () => {
  await using api = await startTestApi();
  const {secret} = await api.client.createToken({name: 'other', roles: [{role: 'viewer'}]});
  const {socket, text} = await openTail({...api, token: secret});
  await until(() => text().includes(': ready'), 'the live part');
  await api.client.deleteToken('other');
  await within(once(socket, 'close'), 'the end');
  expect(text()).toContain('event: error\ndata: {"code":"IOT_UNAUTHENTICATED"');
});

it('answers with a status of its own when the history cannot be read', async () => {
  await using api = await startTestApi({history: () => Promise.reject(new Error('disk on fire'))});
  const answer = await api.request('/v1/events/tail?last=5');
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({code: 'IOT_INTERNAL'});
  expect(api.bugs).toMatchObject([{message: 'disk on fire'}]);
});

it('tells of a failure in the middle, and reports it', async () => {
  await using api = await startTestApi();
  const {socket, text} = await openTail(api);
  await until(() => text().includes(': ready'), 'the live part');
  api.events.delay = () => Promise.reject(new Error('disk on fire'));
  api.events.append(sampleEvent());
  await until(() => text().includes('event: error'), 'the failure');
  expect(text()).toContain('"code":"IOT_INTERNAL"');
  expect(text()).not.toContain('fire');
  expect(api.bugs).toMatchObject([{message: 'disk on fire'}]);
  socket.destroy();
});

it('ends with the API, at once', async () => {
  await using api = await startTestApi();
  const {socket, text} = await openTail(api);
  await until(() => text().includes(': ready'), 'the live part');
  const closed = once(socket, 'close');
  await within(api.close(), 'the API to be closed', 2000);
  await within(closed, 'the connection to be closed', 2000);
  expect(api.events.listeners).toBe(0);
});
