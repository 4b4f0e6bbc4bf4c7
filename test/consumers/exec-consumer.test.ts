import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {ExecSink} from '../../src/consumers/exec-sink.js';
import {openSink} from '../../src/consumers/open-sink.js';
import type {CloudEvent} from '../../src/domain/cloud-event.js';
import {DEFAULT_PACE} from '../../src/domain/consumer.js';
import type {StoredEvent} from '../../src/domain/event.js';
import {numbered, range} from '../stream/sample-events.js';
import {startConsumers} from '../support/start-consumers.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const eventAt = (offset: number): StoredEvent => ({...numbered(offset), offset});

it('gives a command the events on its input, and believes how it ends', async () => {
  await using started = await startConsumers();
  started.events.append(...range(0, 5).map(number => numbered(number)));
  // It does not want the third one, nor anything that comes together with it.
  const command = `input=$(cat); case "$input" in *'"data":2'*) echo 'not this one' >&2; exit 3;; esac; echo "$input" >> taken`;
  await started.client.create({name: 'run', target: {kind: 'exec', command}, from: 'beginning', attempts: 1});
  await started.caughtUp('run');
  const lines = await readFile(join(started.filesFolder, 'default', 'run', 'taken'), 'utf8');
  const taken = lines
    .split('\n')
    .filter(Boolean)
    .map(line => (JSON.parse(line) as CloudEvent).offset);
  expect(taken).toEqual([0, 1, 3, 4]);
  expect(await started.client.deadLetters('run')).toMatchObject([
    {offset: 2, reason: 'the command ended with 3: not this one'},
  ]);
});

it('tells what cannot be helped from what is refused, and leaves nothing running', async () => {
  await using folder = await temporaryFolder();
  const outcome = async (command: string, timeoutMs = 20_000) => {
    const sink = new ExecSink({command, folder: folder.path, tenant: 'default', consumer: 'run', timeoutMs});
    return await sink.deliver([eventAt(0)], new AbortController().signal);
  };
  expect(await outcome('exit 75')).toMatchObject({blame: 'away', why: 'the command ended with 75'});
  expect(await outcome('no-such-program')).toMatchObject({blame: 'refused'});
  expect(await outcome('kill -9 $$')).toMatchObject({blame: 'unclear', why: 'the command was killed'});
  expect(await outcome('sleep 600 & sleep 600', 200)).toMatchObject({
    blame: 'unclear',
    why: 'the command took longer than 0.2 s',
  });
  // The platform's own environment is none of its business.
  process.env.IOTCTL_TEST_SECRET = 'sesame';
  expect(await outcome('test -z "$IOTCTL_TEST_SECRET" && test "$IOTCTL_CONSUMER" = run')).toBeUndefined();
  delete process.env.IOTCTL_TEST_SECRET;
});

it('starts nothing on a platform that does not allow it any more', async () => {
  await using folder = await temporaryFolder();
  const spec = {
    tenant: 'default',
    name: 'run',
    epoch: '1',
    target: {kind: 'exec', command: 'touch ran'},
    secret: {},
    filter: {},
    pace: DEFAULT_PACE,
    offset: -1,
  } as const;
  const sink = openSink(spec, {filesFolder: folder.path, allowExec: false, isFull: () => false});
  expect(await sink.deliver([eventAt(0)], new AbortController().signal)).toMatchObject({
    blame: 'away',
    why: expect.stringContaining('--allow-exec'),
  });
});
