/** Puts the readings of `made-readings` into the store of a platform that is not running. */
import {join} from 'node:path';
import {Store} from '../../build/store/store.js';
import {deviceOf} from './made-readings.js';

const PART = 20_000;

/** They are in the store alone, as an upload can put them there: the stream of the platform stays as it is. */
export async function storeWeek(dataFolder, made) {
  const store = await Store.open({
    folder: join(dataFolder, 'store'),
    archiveFolder: join(dataFolder, 'archive'),
    reader: EMPTY_STREAM,
  });
  try {
    for (let first = 0, part = 0; first < made.count; first += PART, part++) {
      const count = Math.min(PART, made.count - first);
      const events = Array.from({length: count}, (_, index) => eventAt(made, first + index));
      await store.storePart('default', {upload: 'week', part, events});
    }
  } finally {
    await store.close();
  }
}

const EMPTY_STREAM = {
  first: () => 0,
  head: () => 0,
  cursor: () => undefined,
  cursors: () => [],
  bytes: () => 0,
  moveCursor: async () => {},
  read: async () => [],
  close: async () => {},
};

const eventAt = (made, index) => ({
  tenant: 'default',
  device: deviceOf(index),
  type: 'telemetry',
  component: '',
  timeMs: undefined,
  recordedMs: made.timeMs(index),
  contentType: 'application/json',
  payload: Buffer.from(`{"temperature":${made.value(index)}}`),
  attributes: undefined,
});
