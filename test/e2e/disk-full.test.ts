import {rmSync, statfsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {until} from '../support/deadline.js';
import {RawClient} from '../support/raw-client.js';
import {mountSmallDisk} from '../support/small-disk.js';
import {startPlatform} from '../support/start-platform.js';

const DISK_MB = 64;
const WAIT_MS = 20_000;

it('stops acknowledging when the disk is full, says so, and goes on by itself', async context => {
  using disk = mountSmallDisk(DISK_MB);
  if (!disk) {
    if (process.env.CI) throw new Error('no disk can be mounted here, and in CI this test is never skipped');
    process.stderr.write('no disk can be mounted here: the test of a full disk is SKIPPED\n');
    return context.skip();
  }
  await using platform = await startPlatform({data: join(disk.folder, 'data')});
  const {username, password} = await platform.device('pump-7');
  const login = {clientId: '', username, password: Buffer.from(password)};
  await using device = await RawClient.connect(platform.address.ports.mqtt, login);
  const publish = (messageId: number): void =>
    device.send({cmd: 'publish', topic: 'me/telemetry', qos: 1, messageId, payload: '{"a":1}'});
  publish(1);
  await device.next('puback');

  const ballast = join(disk.folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(freeBytes(disk.folder) - 1024 * 1024));
  let sent = 1;
  const state = async (): Promise<string> => (await platform.api.status()).state;
  const publishUntilDegraded = async (): Promise<boolean> => {
    for (let burst = 0; burst < 20; burst++) publish(++sent);
    return (await state()) === 'degraded';
  };
  await until(publishUntilDegraded, 'the full disk to show in the status', WAIT_MS);
  expect((await platform.api.status()).problems.join()).toContain('disk full');
  expect(device.received.length).toBeLessThan(sent - 1);

  rmSync(ballast);
  for (let messageId = 2; messageId <= sent; messageId++) await device.next('puback');
  await until(async () => (await state()) === 'ok', 'the platform to be well again', WAIT_MS);
  await until(async () => (await platform.api.status()).store.lag === 0, 'the store to catch up', WAIT_MS);
  const {rows} = await platform.api.query({sql: "SELECT count(*) FROM events WHERE type = 'telemetry'"});
  expect(rows).toEqual([[sent]]);
}, 90_000);

function freeBytes(folder: string): number {
  const {bavail, bsize} = statfsSync(folder);
  return bavail * bsize;
}
