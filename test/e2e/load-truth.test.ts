/** Are the numbers of a load test true? What a broker or a network did to messages is known here, and has to be in the report. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pass} from 'node:timers/promises';
import mqtt from 'mqtt';
import {afterAll, describe, expect, it} from 'vitest';
import type {RunReport} from '../../src/sim/measure/run-report.js';
import {iotctl} from '../support/built-bin.js';
import {within} from '../support/deadline.js';
import {mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {type PublishRule, startPacketProxy} from '../support/packet-proxy.js';

const folder = mkdtempSync(join(tmpdir(), 'iotctl-truth-'));
const env = {XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state')};
afterAll(() => rmSync(folder, {recursive: true}));

const DEVICES = 10;
const MESSAGES = 30_000;
/** One of so many messages has an accident. */
const EVERY = 10_000;

/** Which message of which publisher: its topic has the run's name and the publisher's number, and each counts from 0. */
interface Accident {
  readonly topic: string;
  readonly sequence: number;
}

/** Tells accidents from the topic and from how many came before: nothing of the payload is believed. */
function watched(act: (packet: Buffer, accident: boolean) => readonly Buffer[]) {
  const accidents: Accident[] = [];
  const counts = new Map<string, number>();
  let total = 0;
  const rule: PublishRule = (packet, topic) => {
    const sequence = counts.get(topic) ?? 0;
    counts.set(topic, sequence + 1);
    total++;
    const accident = total % EVERY === EVERY / 2;
    if (accident) accidents.push({topic, sequence});
    return act(packet, accident);
  };
  return {accidents, rule};
}

async function measured(port: number, ...flags: string[]): Promise<{report: RunReport; exitCode: unknown}> {
  const {stdout, stderr, exitCode} = await iotctl(
    ['bench', 'e2e', '--url', `mqtt://127.0.0.1:${port}`, '-o', 'json', '--no-keep-run', ...flags],
    {env},
  );
  expect([0, 9], String(stderr)).toContain(exitCode);
  return {report: JSON.parse(String(stdout)) as RunReport, exitCode};
}

/** The client id of who publishes to `bench/RUN/NUMBER`. */
const publisherTo = (topic: string): string => topic.replace(/^bench\/(.+)\/(\d+)$/, '$1-pub$2');

const nameOf = ({topic, sequence}: Accident): string => `${publisherTo(topic)}/${sequence}`;

type Sequences = 'lostSequences' | 'duplicatedSequences' | 'reorderedSequences';

/** The messages that a report names, as `PUBLISHER/SEQUENCE`. */
function named({delivery}: RunReport, sequences: Sequences): string[] {
  return delivery!.worst
    .flatMap(trouble =>
      trouble[sequences]
        // Those that were lost are ranges, from and end; here each is of one message.
        .filter((_, index) => sequences !== 'lostSequences' || index % 2 === 0)
        .map(sequence => `${trouble.stream}/${sequence}`),
    )
    .sort();
}

/** Sends each message after the one that follows it on the same topic, where there was an accident. */
function swapping() {
  const held = new Map<string, Buffer>();
  const {accidents, rule} = watched((packet, accident) => (accident ? [] : [packet]));
  const swapped: PublishRule = (packet, topic) => {
    const out = rule(packet, topic);
    if (out.length === 0) {
      held.set(topic, packet);
      return [];
    }
    const late = held.get(topic);
    held.delete(topic);
    return late === undefined ? out : [...out, late];
  };
  return {accidents, rule: swapped};
}

describe.skipIf(!mosquittoInstalled())('a report', () => {
  const load = [
    ...['--devices', `${DEVICES}`, '--qos', '0', '--rate', '10000', '--count', `${MESSAGES}`],
    ...['--duration', '0s'],
  ];

  it.each([
    ['lost', 'lostSequences', () => watched((packet, accident) => (accident ? [] : [packet]))],
    [
      'duplicated',
      'duplicatedSequences',
      () => watched((packet, accident) => (accident ? [packet, packet] : [packet])),
    ],
    ['reordered', 'reorderedSequences', swapping],
  ] as const)('names exactly which of 30,000 messages a network %s', async (what, sequences, network) => {
    await using broker = await startMosquitto();
    const {accidents, rule} = network();
    await using proxy = await startPacketProxy(broker.port, () => rule);
    const {report, exitCode} = await measured(proxy.port, ...load, '--threshold', `${what}==0`);
    expect(accidents).toHaveLength(3);
    expect(report.delivery).toMatchObject({
      ...{expected: MESSAGES, lost: 0, duplicated: 0, reordered: 0, unexpected: 0},
      [what]: 3,
    });
    expect(named(report, sequences)).toEqual(accidents.map(nameOf).sort());
    expect(report.thresholds).toMatchObject([{text: `${what}==0`, value: 3, ok: false}]);
    expect(exitCode).toBe(9);
  });

  it('says that a broker stood still for two seconds, though nothing was sent meanwhile', async () => {
    await using broker = await startMosquitto();
    const watcher = await mqtt.connectAsync(broker.url);
    await watcher.subscribeAsync('bench/#');
    const first = new Promise(resolve => watcher.once('message', resolve));
    const run = measured(broker.port, '--devices', '10', '--rate', '1000', '--duration', '6s', '--qos', '1');
    await within(first, 'the first message');
    process.kill(broker.pid, 'SIGSTOP');
    // Not a wait for something: this long it stands still.
    await pass(2000);
    process.kill(broker.pid, 'SIGCONT');
    const {report, exitCode} = await run;
    await watcher.endAsync(true);
    expect(report.counters.sent.total).toBe(6000);
    expect(report.latency.e2e!.p99).toBeGreaterThanOrEqual(1000);
    expect(report.latency.puback!.p99).toBeGreaterThanOrEqual(1000);
    expect(report.latency.e2e!.service!.p50).toBeLessThan(report.latency.e2e!.p99);
    expect(exitCode).toBe(0);
  });
});
