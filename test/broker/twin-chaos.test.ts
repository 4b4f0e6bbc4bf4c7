/** A thousand changes while connections are cut: the device ends equal, and never goes back to an older version. */
import {setImmediate as othersTurn} from 'node:timers/promises';
import {expect, it} from 'vitest';
import type {JsonObject} from '../../src/domain/json.js';
import {mergePatch} from '../../src/domain/merge-patch.js';
import {until} from '../support/deadline.js';
import {RawClient} from '../support/raw-client.js';
import {deviceLogin} from '../support/start-gateway.js';
import {startTwins} from '../support/start-twins.js';

const CHANGES = 1000;
const AT_ONCE = 4;

/** Mulberry32: the same sequence for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a device has: it survives its connections. */
class Device {
  version = -1;
  document: JsonObject = {};
  readonly history: number[] = [];
  readonly wrong: string[] = [];
  connections = 0;
  stopped = false;

  constructor(
    readonly port: number,
    readonly random: () => number,
  ) {}

  async live(): Promise<void> {
    while (!this.stopped) await this.connectOnce();
  }

  private async connectOnce(): Promise<void> {
    const version = this.random() < 0.5 ? 4 : 5;
    const properties = version === 5 ? {properties: {sessionExpiryInterval: 60}} : {};
    const fields = {...deviceLogin('pump-7'), clientId: 'pump-7', clean: this.random() < 0.3, ...properties};
    await using client = await RawClient.connect(this.port, fields, version);
    this.connections++;
    client.send({cmd: 'subscribe', messageId: 1, subscriptions: [{topic: 'me/twin/desired', qos: 1}]});
    const unacknowledged: (number | undefined)[] = [];
    const acknowledgedAt = 1 + Math.floor(this.random() * 16);
    let left = Math.floor(this.random() * 40);
    let hasWhole = false;
    while (!this.stopped && left-- > 0) {
      const packet = await client.any();
      if (packet === undefined) return;
      if (packet.cmd !== 'publish') continue;
      // It takes its time: the gateway stops sending meanwhile, and some are cut off before.
      unacknowledged.push(packet.messageId);
      if (unacknowledged.length >= acknowledgedAt)
        for (const messageId of unacknowledged.splice(0)) client.send({cmd: 'puback', messageId});
      const told = JSON.parse(Buffer.from(packet.payload).toString()) as {
        version?: number;
        desired?: JsonObject;
        from: number;
        to: number;
        patch: JsonObject;
      };
      hasWhole ||= told.version !== undefined;
      if (!hasWhole) this.wrong.push(`a patch before the whole document: ${JSON.stringify(told)}`);
      if (told.version === undefined && told.from !== this.version)
        this.wrong.push(`from ${told.from} at ${this.version}`);
      this.take(told.version ?? told.to, told.desired ?? mergePatch(this.document, told.patch));
      if (this.random() < 0.3) this.report(client);
    }
  }

  private take(version: number, document: JsonObject): void {
    if (version < this.version) this.wrong.push(`version ${version} after ${this.version}`);
    this.version = version;
    this.document = document;
    this.history.push(version);
  }

  private report(client: RawClient): void {
    const ack = {$ack: {version: this.version, status: 'applied'}};
    client.send({cmd: 'publish', topic: 'me/twin/reported', qos: 0, payload: JSON.stringify(ack)});
  }
}

it('ends equal, and never applies an older version after a newer one', async () => {
  const seed = Number(process.env.SEED ?? 20_261_128);
  const random = randomOf(seed);
  await using twins = await startTwins({turns: () => 1 + Math.floor(random() * 3)});
  const device = new Device(twins.gateway.port, random);
  const living = device.live();
  const newValue = (): unknown => (random() < 0.2 ? null : Math.floor(random() * 1000));
  for (let made = 0; made < CHANGES; made += AT_ONCE) {
    const patches = Array.from({length: AT_ONCE}, (_, index) => ({
      [`k${Math.floor(random() * 8)}`]: newValue(),
      in: {[`k${Math.floor(random() * 4)}`]: newValue()},
      // Each changes something.
      n: made + index,
    }));
    await Promise.all(patches.map(patch => twins.desire('pump-7', patch)));
    // Sometimes the device can follow, and sometimes not.
    for (let turns = random() * 20; turns > 0; turns--) await othersTurn();
  }
  const {desired} = await twins.get('pump-7');
  expect(desired.version).toBe(CHANGES);
  await until(() => device.version === CHANGES, `the last version (seed ${seed})`);
  device.stopped = true;
  await twins.desire('pump-7', {end: true});
  await living;
  expect(device.wrong).toEqual([]);
  expect(device.document).toMatchObject(desired.properties);
  // It was cut off, and it was there: neither nothing nor everything was heard as it was made.
  expect(device.connections).toBeGreaterThan(20);
  expect(device.history.length).toBeGreaterThan(100);
  expect(twins.faults).toEqual([]);
}, 60_000);
