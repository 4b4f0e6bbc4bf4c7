/** What a subscriber of another make sees of the properties that publishers give their messages. */
import mqtt, {type IPublishPacket} from 'mqtt';
import {expect, it} from 'vitest';
import BenchPub from '../../src/commands/bench/pub.js';
import {within} from '../support/deadline.js';
import {mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {runCommand} from '../support/run-command.js';

const PROPERTIES = [
  ...['--content-type', 'application/json', '--message-expiry', '90s', '--response-topic', 'answers/here'],
  ...['--user-property', 'site=north', '--user-property', 'tag=a', '--user-property', 'tag=b=c'],
  ...['--payload-format', 'utf8'],
];

it.skipIf(!mosquittoInstalled())('are those of the flags', async () => {
  await using broker = await startMosquitto();
  const listener = await mqtt.connectAsync(broker.url, {protocolVersion: 5});
  const message = new Promise<IPublishPacket>(resolve =>
    listener.once('message', (_topic, _payload, packet) => resolve(packet)),
  );
  await listener.subscribeAsync('bench/#', {qos: 1});
  const load = [
    '--devices',
    '1',
    '--count',
    '1',
    '--rate',
    '100',
    '--payload',
    '{"n":{seq}}',
    '--no-keep-run',
  ];
  const {exitCode, stderr} = await runCommand(BenchPub, '--url', broker.url, ...load, ...PROPERTIES);
  expect(stderr).not.toContain('Error');
  expect(exitCode).toBe(0);
  const {properties, payload} = await within(message, 'a message');
  await listener.endAsync();
  expect(payload.toString()).toBe('{"n":0}');
  expect({...properties, userProperties: {...properties!.userProperties}}).toEqual({
    contentType: 'application/json',
    messageExpiryInterval: 90,
    responseTopic: 'answers/here',
    payloadFormatIndicator: true,
    userProperties: {site: 'north', tag: ['a', 'b=c'], stamp: expect.stringMatching(/^[0-9a-f]{32}$/)},
  });
});

it.each([
  [
    ['--protocol-version', '4', '--payload-format', 'utf8', '--payload', 'x'],
    '--payload-format needs --protocol-version 5',
  ],
  [['--payload-format', 'utf8'], 'a payload of 16 bytes is no text'],
  [['--user-property', 'x'], 'expected NAME=VALUE'],
])('refuses %j', async (flags, why) => {
  const {exitCode, stderr} = await runCommand(BenchPub, '--url', 'mqtt://127.0.0.1:1', ...flags);
  expect(stderr).toContain(why);
  expect(exitCode).toBe(2);
});
