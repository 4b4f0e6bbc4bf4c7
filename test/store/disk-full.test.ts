import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {NewEvent} from '../../src/domain/event.js';
import {mountSmallDisk} from '../support/small-disk.js';
import {eventOf, startStore} from '../support/start-store.js';

const FILLER_MB = 40;
const DEADLINE = {timeout: 25_000};

/** Bodies that hardly compress, so that the disk fills soon. */
const noise = (from: number, count: number): NewEvent[] =>
  Array.from({length: count}, (_, index) =>
    eventOf({n: from + index, text: Buffer.from(`${Math.sin(from + index)}`.repeat(10)).toString('base64')}),
  );

describe('a full disk', () => {
  // Where it fails depends on the room: writing the WAL, or the checkpoint that follows at 16 MiB of it.
  it.each([
    [6, false],
    [18, false],
    [18, true],
  ])(
    'stops the store, which goes on when space is back (%i MiB of room, restart: %s)',
    async (roomMb, restarts) => {
      using disk = mountSmallDisk(FILLER_MB + roomMb);
      if (disk === undefined) {
        console.warn('SKIPPED: this user may not mount a tmpfs, so a full disk was not tested');
        return;
      }
      const filler = join(disk.folder, 'filler');
      await writeFile(filler, Buffer.alloc(FILLER_MB * 1024 * 1024, 1));
      await using world = await startStore({folder: join(disk.folder, 'store')});

      let appended = 0;
      while ((await world.store.status()).state === 'ok' && appended < 400_000) {
        appended = world.stream.append(...noise(appended, 1000));
        world.store.wake();
        await Promise.race([world.store.catchUp(), blocked(world.store)]);
      }
      const {state, problem, rowsTotal} = await world.store.status();
      expect(state).toBe('blocked');
      expect(problem).toMatch(/no space left|cannot use/);
      expect(rowsTotal).toBeLessThan(appended);
      const answer = await world.rows('SELECT count(*) FROM events').catch((error: unknown) => error);
      if (answer instanceof Error) expect(answer).toMatchObject({code: 'IOT_DISK_FULL'});

      // Stopping is possible in this state too, and loses nothing.
      if (restarts) await world.store.close();
      await rm(filler);
      if (restarts) await world.restart();
      await world.store.catchUp();
      await expect.poll(async () => (await world.store.status()).state, DEADLINE).toBe('ok');
      expect(
        await world.rows('SELECT count(*), count(DISTINCT "offset"), max("offset") FROM events'),
      ).toEqual([[appended, appended, appended - 1]]);
      expect(await world.rows('SELECT count(*), count(DISTINCT value) FROM readings')).toEqual([
        [appended, appended],
      ]);
    },
  );
});

async function blocked(store: {status(): Promise<{state: string}>}): Promise<void> {
  await expect.poll(async () => (await store.status()).state, DEADLINE).toBe('blocked');
}
