import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {expect, it} from 'vitest';
import type {BrokerPacket} from '../../../src/broker/sessions/records.js';
import {all, openStore, payloadsOf} from './open-store.js';
import {startTypeScript} from './start-typescript.js';

/** Lets the writer store about this many things, kills it, and returns the numbers that it had reported. */
async function writeAndKill(folder: string, count: number): Promise<number[]> {
  const child = startTypeScript(fileURLToPath(new URL('fixtures/writer.ts', import.meta.url)), folder);
  const exited = once(child, 'exit');
  child.stderr.pipe(process.stderr);
  const reported: number[] = [];
  for await (const line of createInterface({input: child.stdout})) {
    reported.push(Number(line));
    if (reported.length === count) child.kill('SIGKILL');
  }
  await exited;
  return reported;
}

it.each([1, 40, 333])(
  'keeps all that was stored when the process is killed after %i reports',
  async count => {
    await using opened = await openStore();
    await opened.store.destroy();
    const reported = await writeAndKill(opened.folder, count);
    expect(reported.length).toBeGreaterThanOrEqual(count);

    const store = await opened.open();

    const queued = await payloadsOf(store.outgoingStream({id: 'reader'}));
    expect(new Set(queued).size).toBe(queued.length);
    expect(queued).toEqual(expect.arrayContaining(reported.map(String)));
    const retained = await payloadsOf(store.createRetainedStream('news/#'));
    expect(retained).toEqual(expect.arrayContaining(reported.map(String)));
    for (const number of reported)
      expect(await store.incomingGetPacket({id: `sender-${number}`}, {messageId: 7})).toMatchObject({
        topic: `news/${number}`,
      });
    expect(await store.subscriptionsByTopic('news/1')).toMatchObject([{clientId: 'reader', topic: 'news/#'}]);
    expect(await all<BrokerPacket>(store.streamWill({}))).toMatchObject([
      {topic: 'news/gone', brokerId: 'killed', clientId: 'writer'},
    ]);
  },
);
