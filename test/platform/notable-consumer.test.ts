import {join} from 'node:path';
import pino from 'pino';
import {expect, it} from 'vitest';
import type {NewEvent} from '../../src/domain/event.js';
import {NotableConsumer} from '../../src/platform/notable-consumer.js';
import {openStreamReader, openStreamWriter} from '../../src/stream/lmdb-stream.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const connected: NewEvent = {
  tenant: 'default',
  device: 'pump-7',
  type: 'device.connected',
  component: '',
  timeMs: undefined,
  recordedMs: 1,
  contentType: 'application/json',
  payload: Buffer.from('{}'),
  attributes: undefined,
};

it('reads nothing more once it is closed, and takes it up at the next start', async () => {
  await using folder = await temporaryFolder();
  const writer = await openStreamWriter(join(folder.path, 'stream'));
  const errors: unknown[] = [];
  const logger = pino({level: 'error'}, {write: line => errors.push(line)});
  const seen: number[] = [];
  const effects = {
    connectivity: async (events: readonly {offset: number}[]) => {
      seen.push(...events.map(({offset}) => offset));
    },
    command: async () => {},
    tamper: async () => {},
    twins: async () => {},
    streamBegins: async () => {},
  };
  const append = () =>
    new Promise<number>((resolve, reject) =>
      writer.append(connected, (error, offset) => (error ? reject(error) : resolve(offset))),
    );
  const start = async () => {
    const reader = await openStreamReader(join(folder.path, 'stream'));
    const consumer = new NotableConsumer(reader, effects, logger);
    await consumer.start();
    return {reader, consumer};
  };

  const first = await start();
  await first.consumer.close();
  const offset = await append();
  first.consumer.committed(offset + 1, [offset]);
  await first.reader.close();
  first.consumer.committed(offset + 1, [offset]);

  const second = await start();
  await second.consumer.close();
  await second.reader.close();
  await writer.close();
  expect(seen).toEqual([offset]);
  expect(errors).toEqual([]);
});
