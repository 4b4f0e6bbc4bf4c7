/** The way from the outbox to the event stream, when something comes in between. */
import {afterEach, beforeEach, expect, it} from 'vitest';
import type {NewEvent} from '../../src/domain/event.js';
import {OutboxDrain} from '../../src/platform/outbox-drain.js';
import {openRegistry, type Registry} from '../../src/registry/registry.js';
import {within} from '../support/deadline.js';
import {MemoryStream} from '../support/memory-stream.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {testKeys} from '../support/test-keys.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let registry: Registry;
let stream: MemoryStream;

beforeEach(async () => {
  folder = await temporaryFolder();
  registry = await openRegistry(folder.path, testKeys());
  stream = new MemoryStream();
});

afterEach(async () => {
  await registry.close();
  await folder[Symbol.asyncDispose]();
});

const add = (...numbers: number[]): Promise<void> =>
  registry.outbox.add(
    numbers.map(n => ({
      tenant: 't',
      device: `d${n}`,
      type: 'device.updated',
      recordedMs: 1000 + n,
      data: {n},
    })),
  );

const eventOf = (n: number): NewEvent => ({
  tenant: 't',
  device: `d${n}`,
  type: 'device.updated',
  component: '',
  timeMs: undefined,
  recordedMs: 1000 + n,
  contentType: 'application/json',
  payload: Buffer.from(JSON.stringify({n})),
  attributes: undefined,
});

async function drain(append: (event: NewEvent) => Promise<number>): Promise<void> {
  const faults: Error[] = [];
  const outbox = new OutboxDrain({registry, reader: stream, append, onFault: error => faults.push(error)});
  outbox.wake();
  await within(
    (async () => {
      while ((await registry.outbox.next(1)).length > 0 && faults.length === 0)
        await new Promise(resolve => setImmediate(resolve));
    })(),
    'an empty outbox, or a fault',
  );
  await outbox.close();
}

const append = (event: NewEvent): Promise<number> => Promise.resolve(stream.append(event) - 1);

const told = async (): Promise<string[]> =>
  (await stream.read(stream.first(), 100)).map(({device}) => device);

it('appends each event once, in order', async () => {
  await add(1, 2, 3);
  await drain(append);
  expect(await told()).toEqual(['d1', 'd2', 'd3']);
  expect(await registry.outbox.mark()).toBe(3);
});

it('does not append again what a platform before it appended and did not live to note', async () => {
  await add(1);
  await drain(append);
  await add(2, 3, 4);
  // Others have spoken in between.
  stream.append(eventOf(2), eventOf(99), eventOf(3));
  await drain(append);
  expect(await told()).toEqual(['d1', 'd2', 'd99', 'd3', 'd4']);
});

it('looks again after a failure, when it may be that only the answer was lost', async () => {
  await add(1, 2, 3);
  await drain(event => {
    if (event.device === 'd3') return Promise.reject(new Error('too many calls'));
    const offset = stream.append(event) - 1;
    return event.device === 'd2' ? Promise.reject(new Error('the gateway ended')) : Promise.resolve(offset);
  });
  await drain(append);
  expect(await told()).toEqual(['d1', 'd2', 'd3']);
});

it('takes two changes that look the same for two', async () => {
  await add(1, 1);
  stream.append(eventOf(1));
  await drain(append);
  expect(await told()).toEqual(['d1', 'd1']);
});

it('begins at the beginning of another stream, and of what is left of one', async () => {
  await add(1);
  stream.append(...[90, 91, 92].map(eventOf));
  await drain(append);
  stream = new MemoryStream();
  stream.append(eventOf(93), eventOf(2));
  stream.dropBelow(1);
  await add(2);
  await drain(append);
  expect(await told()).toEqual(['d2']);
});
