/** Clients that no one here wrote: Debian's mosquitto_pub and mosquitto_sub, and MQTT.js. */
import {existsSync} from 'node:fs';
import {execa} from 'execa';
import {connectAsync} from 'mqtt';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {until, within} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

const installed = existsSync('/usr/bin/mosquitto_pub');
if (!installed) {
  const skipped = 'mosquitto_pub is not installed: its tests are SKIPPED (apt-get install mosquitto-clients)';
  if (process.env.CI) throw new Error(skipped);
  process.stderr.write(`${skipped}\n`);
}

/** Each test has devices of its own there. */
let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

const storedOf = async (device: string): Promise<number> => {
  const sql = `SELECT count(*) FROM events WHERE type = 'telemetry' AND device = '${device}'`;
  return (await platform.api.query({sql})).rows[0]![0] as number;
};

describe.skipIf(!installed)('mosquitto', () => {
  it.each(['mqttv311', 'mqttv5'])('publishes lines that are all stored (%s)', async version => {
    const device = `of-${version}`;
    const {username, password} = await platform.device(device);
    const lines = Array.from({length: 5000}, (_, index) => `{"n":${index}}`).join('\n');
    const port = String(platform.address.ports.mqtt);
    const argv = [
      '-V',
      version,
      '-p',
      port,
      '-u',
      username,
      '-P',
      password,
      '-i',
      device,
      '-t',
      'me/telemetry',
      '-q',
      '1',
      '-l',
    ];
    await execa('mosquitto_pub', argv, {input: `${lines}\n`});
    await until(async () => (await storedOf(device)) === 5000, '5000 stored events');
    const sql = `SELECT count(DISTINCT value), max(value) FROM readings WHERE device = '${device}'`;
    const {rows} = await platform.api.query({sql});
    expect(rows).toEqual([[5000, 4999]]);
  });

  it('gets what an application published, and what devices say', async () => {
    const token = await platform.api.createToken({
      name: 'app',
      topics: ['x/#'],
      roles: [{role: 'viewer'}],
    });
    const port = String(platform.address.ports.mqtt);
    const login = ['-p', port, '-u', token.username, '-P', token.secret];
    const topics = ['-t', 't/default/x/#', '-t', 't/default/d/+/telemetry'];
    const subscriber = execa(
      'stdbuf',
      ['-oL', 'mosquitto_sub', ...login, '-i', 'sub', ...topics, '-q', '1', '-C', '2', '-v', '-d'],
      {
        all: true,
        reject: false,
      },
    );
    let said = '';
    subscriber.all.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until(() => said.includes('Subscribed'), 'the subscription');
    await execa('mosquitto_pub', [
      ...login,
      '-i',
      'pub',
      '-t',
      't/default/x/orders',
      '-q',
      '2',
      '-m',
      'hello',
    ]);
    const device = await platform.device('heard-1');
    const deviceLogin = ['-p', port, '-u', device.username, '-P', device.password];
    await execa('mosquitto_pub', [...deviceLogin, '-t', 'me/telemetry', '-q', '1', '-m', '{"a":1}']);
    const {stdout, exitCode} = await within(Promise.resolve(subscriber), 'two messages');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('t/default/x/orders hello');
    expect(stdout).toContain('t/default/d/heard-1/telemetry {"a":1}');
  });

  it('is told that a wrong secret is refused', async () => {
    await platform.device('refused-1');
    const port = String(platform.address.ports.mqtt);
    const argv = ['-p', port, '-u', 'refused-1@default', '-P', 'wrong', '-t', 'me/telemetry', '-m', '{}'];
    expect((await execa('mosquitto_pub', argv, {reject: false})).exitCode).not.toBe(0);
  });
});

describe.each([4, 5] as const)('MQTT.js with protocol version %i', protocolVersion => {
  it.each(['mqttUrl', 'wsUrl'] as const)('is a device over %s', async url => {
    const device = `by-${url}-${protocolVersion}`;
    const login = await platform.device(device);
    const client = await connectAsync(platform.address[url], {...login, protocolVersion, clientId: device});
    await client.publishAsync('me/telemetry', '{"temperature":21.5}', {qos: 1});
    await client.subscribeAsync('me/cmd/#', {qos: 1});
    const command = new Promise<string>(resolve => {
      client.on('message', topic => resolve(topic));
    });
    const sent = await platform.api.sendCommand(device, {name: 'reboot'});
    expect(await within(command, 'the command')).toBe(`me/cmd/${sent.id}/reboot`);
    await client.publishAsync(`me/cmd/${sent.id}/result`, '{"status":"failed","why":"busy"}', {qos: 2});
    await until(async () => (await platform.api.getCommand(sent.id)).state === 'failed', 'the result');
    await client.endAsync();
    await until(async () => (await storedOf(device)) === 1, 'the stored event');
  });
});
