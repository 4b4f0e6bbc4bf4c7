import fc from 'fast-check';
import {generate, type IPublishPacket} from 'mqtt-packet';
import {expect, it} from 'vitest';
import type {Endpoint} from '../../../src/sim/wire/endpoint.js';
import type {Link} from '../../../src/sim/wire/link.js';
import {encodePublishProperties} from '../../../src/sim/wire/publish-properties.js';
import {bytesOf, CONNACK} from '../../support/fake-broker.js';
import {WireClient} from '../../support/wire-client.js';

/** A client whose link is a list of what it wrote. */
function connected(protocolVersion: 4 | 5) {
  const written: Buffer[] = [];
  const link: Link = {
    writableLength: 0,
    write: bytes => written.push(Buffer.from(bytes)),
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  };
  const target = {transport: 'tcp', host: '127.0.0.1', port: 1} as const;
  const endpoint: Endpoint = {target, address: '127.0.0.1', family: 4, openLink: () => link};
  const wire = new WireClient(endpoint, {protocolVersion});
  wire.client.open();
  wire.client.linkReady(link);
  const receive = (bytes: Buffer) => wire.client.linkReceived(link, bytes, bytes.length);
  receive(bytesOf(CONNACK[protocolVersion]));
  wire.told.length = 0;
  written.length = 0;
  return {wire, receive, written};
}

const message = fc.record({
  qos: fc.constantFrom(0, 1, 2) as fc.Arbitrary<0 | 1 | 2>,
  topic: fc.string({minLength: 1, maxLength: 150, unit: 'grapheme'}).filter(topic => !/[+#\0]/.test(topic)),
  payload: fc.uint8Array({maxLength: 300, size: 'max'}).map(bytes => Buffer.from(bytes)),
  retain: fc.boolean(),
  contentType: fc.option(fc.string({minLength: 1, maxLength: 200, unit: 'grapheme-ascii'}), {nil: undefined}),
});

it('reads the same messages however the network cuts them', () => {
  const version = fc.constantFrom(4, 5) as fc.Arbitrary<4 | 5>;
  const cuts = fc.array(fc.integer({min: 1, max: 400}), {minLength: 1, maxLength: 20});
  fc.assert(
    fc.property(version, fc.array(message, {maxLength: 20}), cuts, (protocolVersion, messages, lengths) => {
      const {wire, receive, written} = connected(protocolVersion);
      const stream = Buffer.concat(
        messages.map(({contentType, ...fields}, index) => {
          const packet: IPublishPacket = {cmd: 'publish', dup: false, messageId: index + 1, ...fields};
          if (contentType !== undefined && protocolVersion === 5) packet.properties = {contentType};
          return generate(packet, {protocolVersion});
        }),
      );
      // All connections are read into one buffer: what is there is overwritten by the next.
      const shared = Buffer.alloc(400);
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const length = Math.min(lengths[turn % lengths.length]!, stream.length - at);
        shared.fill(0xee);
        stream.copy(shared, 0, at, at + length);
        receive(shared.subarray(0, length));
        at += length;
      }
      expect(wire.told).toEqual(
        messages.map(({qos, topic, payload, retain, contentType}, index) => ({
          what: 'message',
          topic,
          payload,
          details: {
            qos,
            retain,
            dup: false,
            packetId: qos === 0 ? 0 : index + 1,
            properties:
              contentType === undefined || protocolVersion === 4
                ? undefined
                : encodePublishProperties({contentType}).subarray(contentType.length + 3 < 128 ? 1 : 2),
          },
        })),
      );
      const answers = messages.flatMap(({qos}, index) =>
        qos === 0 ? [] : [qos === 1 ? 0x40 : 0x50, 2, 0, index + 1],
      );
      expect([...Buffer.concat(written)]).toEqual(answers);
    }),
    {numRuns: 60},
  );
});

it('survives any bytes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4, 5) as fc.Arbitrary<4 | 5>,
      fc.array(fc.uint8Array({minLength: 1, maxLength: 40}), {maxLength: 10}),
      (protocolVersion, chunks) => {
        const {wire, receive} = connected(protocolVersion);
        for (const chunk of chunks) receive(Buffer.from(chunk));
        const lost = wire.told.filter(one => one.what === 'lost');
        expect(lost.length).toBe(wire.client.connected ? 0 : 1);
        for (const {reason} of lost) expect(reason).toMatch(/^(protocol-error|disconnect:.+)$/);
      },
    ),
    {numRuns: 500},
  );
});
