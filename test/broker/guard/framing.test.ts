import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {CONNECT_BYTES_MAX, PACKET_BYTES_MAX, PacketFramer} from '../../../src/broker/guard/framing.js';
import {CONNECT, field, frame, hex, packet} from './packets.js';

const open = (maxBytes = PACKET_BYTES_MAX) => new PacketFramer({maxBytes, connectFirst: false});

describe('whole packets', () => {
  it('are parts of the chunk they came in', () => {
    const chunk = Buffer.concat([CONNECT[4], hex('c000'), packet(0x30, field('a/b'), '6869')]);
    const {packets, violation} = frame(chunk);
    expect(violation).toBeUndefined();
    expect(packets).toEqual([CONNECT[4], hex('c000'), hex('30070003612f626869')]);
    expect(packets.every(part => part.buffer === chunk.buffer)).toBe(true);
  });

  it('have a body behind a header of one to four bytes of length', () => {
    for (const bytes of [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const bodies: number[] = [];
      open().feed(packet(0x30, Buffer.alloc(bytes)), (_buffer, _start, bodyStart, end) => {
        bodies.push(end - bodyStart);
        return true;
      });
      expect(bodies).toEqual([bytes]);
    }
  });
});

describe('split packets', () => {
  it('are the same however the stream is cut', () => {
    const stream = fc.array(fc.uint8Array({maxLength: 2000}).map(body => packet(0x30, Buffer.from(body))));
    fc.assert(
      fc.property(stream, fc.array(fc.integer({min: 1, max: 700}), {minLength: 1}), (packets, sizes) => {
        const bytes = Buffer.concat(packets);
        const framer = open();
        const found: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const end = Math.min(bytes.length, at + sizes[turn % sizes.length]!);
          // A copy, overwritten afterwards: nothing that was handed out may still look at it, but by contract.
          expect(
            framer.feed(Buffer.from(bytes.subarray(at, end)), (buffer, start, _body, stop) => {
              found.push(buffer.subarray(start, stop));
              return true;
            }),
          ).toBeUndefined();
          at = end;
        }
        expect(found).toEqual(packets);
        expect(framer.heldBytes).toBe(0);
      }),
    );
  });

  it('may come one byte at a time', () => {
    const bytes = Buffer.concat([CONNECT[5], packet(0x30, Buffer.alloc(300)), hex('c000')]);
    const framer = open();
    const found: Buffer[] = [];
    for (const byte of bytes)
      framer.feed(Buffer.from([byte]), (buffer, start, _body, end) => {
        found.push(buffer.subarray(start, end));
        return true;
      });
    expect(Buffer.concat(found)).toEqual(bytes);
    expect(found).toHaveLength(3);
  });

  it('take memory for what has arrived, not for what was declared', () => {
    const framer = open();
    framer.feed(hex('30ffffff7f 00'), () => true);
    expect(framer.heldBytes).toBe(6);
  });
});

describe('a handler that says stop', () => {
  const stream = Buffer.concat([hex('c000'), packet(0x30, field('a'), 'aa'), hex('d000 e0')]);

  it('gets the rest with the next feed, and no packet twice', () => {
    const framer = open();
    const found: string[] = [];
    const one = (buffer: Buffer, start: number, _body: number, end: number) => {
      found.push(buffer.toString('hex', start, end));
      return false;
    };
    framer.feed(stream, one);
    expect(found).toEqual(['c000']);
    expect(framer.heldBytes).toBe(stream.length - 2);
    framer.feed(Buffer.alloc(0), one);
    framer.feed(Buffer.alloc(0), one);
    expect(found).toEqual(['c000', '3004000161aa', 'd000']);
    framer.feed(hex('00'), one);
    expect(found.at(-1)).toBe('e000');
    expect(framer.heldBytes).toBe(0);
  });
});

describe('what is refused', () => {
  it('is a packet above the limit, as soon as its header is there', () => {
    const framer = new PacketFramer({maxBytes: CONNECT_BYTES_MAX, connectFirst: true});
    expect(framer.feed(hex('10 ffffff7f'), () => true)).toMatchObject({code: 0x95});
    expect(framer.heldBytes).toBe(0);
    expect(framer.feed(CONNECT[4], () => true)).toMatchObject({code: 0x95});
  });

  it.each([
    [16_384, true],
    [16_385, false],
  ])('is counted with its header: %i bytes of 16,384', (bytes, allowed) => {
    const whole = packet(0x10, Buffer.alloc(bytes - 3));
    expect(whole.length).toBe(bytes);
    expect(frame(whole, CONNECT_BYTES_MAX).violation === undefined).toBe(allowed);
  });

  it('follows the limit as it is set', () => {
    const framer = open(100);
    const large = packet(0x30, Buffer.alloc(200));
    framer.maxBytes = 1000;
    expect(framer.feed(large, () => true)).toBeUndefined();
    framer.maxBytes = 100;
    expect(framer.feed(large, () => true)).toMatchObject({code: 0x95});
  });

  it.each(['30 ffffffff', '30 80808080', '30 80808080 01', '30 ffffffff 7f'])(
    'is a remaining length of more than four bytes: %s',
    text => {
      expect(frame(hex(text)).violation).toMatchObject({code: 0x81});
      const framer = open();
      const last = [...hex(text)].map(byte => framer.feed(Buffer.from([byte]), () => true)).at(-1);
      expect(last).toMatchObject({code: 0x81});
    },
  );

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['TLS', hex('16030100f8010000f40303')],
    ['a PUBLISH', hex('3003000161')],
    ['a CONNECT with flags', hex('110d')],
    ['zeros', Buffer.alloc(64)],
    ['random bytes', hex('9f1e77c3aa')],
  ])('is %s on a new connection, at its first byte', (_name, bytes) => {
    const framer = new PacketFramer({maxBytes: CONNECT_BYTES_MAX, connectFirst: true});
    expect(framer.feed(bytes.subarray(0, 1), () => true)).toMatchObject({code: 0x82});
    expect(framer.heldBytes).toBe(0);
  });
});
