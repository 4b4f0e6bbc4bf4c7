import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {expect, it} from 'vitest';
import type {BrokerPacket} from '../../../src/broker/sessions/records.js';
import {all, openStore} from './open-store.js';
import {startTypeScript} from './start-typescript.js';

it('refuses what it cannot store on a full disk, lives on, and keeps all that it has stored', async () => {
  await using opened = await openStore({queuedBytesMax: 1_000_000_000});
  await opened.store.destroy();
  const fixture = fileURLToPath(new URL('fixtures/filler.ts', import.meta.url));
  const child = startTypeScript(fixture, opened.folder, {fileKibMax: 2000});
  const exited = once(child, 'exit');
  // lmdb writes each error there as well.
  child.stderr.resume();
  const lines: string[] = [];
  for await (const line of createInterface({input: child.stdout})) lines.push(line);
  expect(await exited).toEqual([0, null]);
  expect(lines.pop()).toBe('end');
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThan(200);

  const store = await opened.open();

  const queued = await all<BrokerPacket>(store.outgoingStream({id: 'reader'}));
  expect(queued.map(packet => String(packet.brokerCounter))).toEqual(lines);
  await store.outgoingEnqueue({clientId: 'reader'}, {...queued[0]!, brokerCounter: 1000});
  expect(store.queued('reader').messages).toBe(lines.length + 1);
});
