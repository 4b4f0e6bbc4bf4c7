import {execa} from 'execa';
import {expect, it} from 'vitest';
import {parseBrokerTarget} from '../../../src/sim/wire/broker-target.js';
import {readBrokerVersion} from '../../../src/sim/wire/broker-version.js';
import {until, within} from '../../support/deadline.js';
import {CONNACK, startFakeBroker} from '../../support/fake-broker.js';
import {freePort, mosquittoInstalled, startMosquitto} from '../../support/mosquitto.js';

const ask = (url: string, protocolVersion: 4 | 5 = 4) =>
  within(
    readBrokerVersion({target: parseBrokerTarget(url)}, {protocolVersion, clientId: 'asks'}),
    'an answer or none',
  );

it.skipIf(!mosquittoInstalled())('tells Mosquitto’s version, as Mosquitto tells it', async () => {
  await using broker = await startMosquitto();
  const {stdout} = await execa('/usr/sbin/mosquitto', ['-h'], {reject: false});
  const version = /^mosquitto version \S+/.exec(stdout)![0];
  expect(await ask(broker.url, 4)).toBe(version);
  expect(await ask(broker.url, 5)).toBe(version);
});

it('does without it where nobody listens, is let in, may ask, or answers', async () => {
  expect(await ask(`mqtt://127.0.0.1:${await freePort()}`)).toBeNull();
  await using refuses = await startFakeBroker('20 02 00 05');
  expect(await ask(refuses.url)).toBeNull();
  // SUBACK to packet 1 with two refusals, at once behind the CONNACK's question.
  await using forbids = await startFakeBroker(socket => {
    socket.once('data', () => socket.write(Buffer.from('900400018080', 'hex')));
    socket.write(Buffer.from(CONNACK[4].replaceAll(' ', ''), 'hex'));
    socket.once('end', () => socket.end());
  });
  expect(await ask(forbids.url)).toBeNull();
  await using silent = await startFakeBroker(() => undefined);
  expect(await ask(silent.url)).toBeNull();
  await until(() => silent.sockets.every(({destroyed}) => destroyed), 'its connection to be closed');
});
