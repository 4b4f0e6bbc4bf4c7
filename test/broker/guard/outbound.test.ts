import {PassThrough} from 'node:stream';
import {generate, type Packet, writeToStream} from 'mqtt-packet';
import {expect, it} from 'vitest';
import {outboundFramer, readOutboundPublish, setDup} from '../../../src/broker/guard/outbound.js';
import {hex} from './packets.js';

const publish = (qos: 0 | 1 | 2): Packet => ({
  cmd: 'publish',
  topic: 'größe/a',
  payload: 'x'.repeat(300),
  qos,
  dup: false,
  retain: true,
  ...(qos > 0 && {messageId: 77}),
});

it('puts the pieces of what is written together again', async () => {
  const framer = outboundFramer();
  const found: Buffer[] = [];
  const pieces = new PassThrough();
  const packets: Packet[] = [
    {cmd: 'connack', returnCode: 0, sessionPresent: false},
    publish(0),
    publish(1),
    {cmd: 'pingresp'},
  ];
  for (const packet of packets) writeToStream(packet, pieces);
  pieces.end();
  for await (const piece of pieces) {
    framer.feed(piece as Buffer, (buffer, start, _body, end) => {
      found.push(buffer.subarray(start, end));
      return true;
    });
  }
  expect(found).toEqual(packets.map(packet => generate(packet)));
});

it.each([0, 1, 2] as const)('reads the head of a PUBLISH of QoS %i', qos => {
  const bytes = generate(publish(qos));
  const head = readOutboundPublish(bytes, 0, 3, bytes.length)!;
  expect(head).toMatchObject({qos, dup: false, retain: true, packetId: qos === 0 ? 0 : 77});
  expect(bytes.toString('utf8', head.topicStart, head.topicEnd)).toBe('größe/a');
});

it('reads nothing of other packets', () => {
  expect(readOutboundPublish(hex('40020001'), 0, 2, 4)).toBeUndefined();
  expect(readOutboundPublish(hex('3200'), 0, 2, 2)).toBeUndefined();
});

it('marks a PUBLISH as sent before, and nothing else', () => {
  const marked = (text: string): string => {
    const bytes = hex(text);
    setDup(bytes, 0);
    return bytes.toString('hex', 0, 1);
  };
  expect(['30', '31', '32', '33', '34', '3a', '40', '62'].map(marked)).toEqual([
    '30',
    '31',
    '3a',
    '3b',
    '3c',
    '3a',
    '40',
    '62',
  ]);
});
