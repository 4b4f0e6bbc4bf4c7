import fc from 'fast-check';
import {expect, it} from 'vitest';
import {encodePublishProperties} from '../../../src/sim/wire/publish-properties.js';
import {readResponseProperties} from '../../../src/sim/wire/response-properties.js';

/** Without their length, as they are handed over. */
const bytesOf = (encoded: Buffer): Buffer => encoded.subarray(encoded.findIndex(byte => byte < 0x80) + 1);

it('finds response topic and correlation data among all that may be there', () => {
  const some = fc.record(
    {
      payloadFormatIndicator: fc.boolean(),
      messageExpiryInterval: fc.nat(),
      contentType: fc.string({minLength: 1, unit: 'grapheme-ascii'}),
      userProperties: fc.dictionary(fc.constantFrom('a', 'stamp'), fc.string({unit: 'grapheme-ascii'})),
    },
    {requiredKeys: []},
  );
  fc.assert(
    fc.property(some, fc.uint8Array({minLength: 1, maxLength: 300}), (more, data) => {
      const correlationData = Buffer.from(data);
      const encoded = encodePublishProperties({...more, responseTopic: 'a/b', correlationData});
      const found = readResponseProperties(bytesOf(encoded));
      expect(found.responseTopic?.toString()).toBe('a/b');
      expect(found.correlationData).toEqual(correlationData);
    }),
  );
});

it('passes over subscription identifiers, and refuses what is cut off or unknown', () => {
  const found = readResponseProperties(Buffer.from([0x0b, 0x81, 0x01, 0x08, 0, 1, 0x61]));
  expect(found.responseTopic?.toString()).toBe('a');
  for (const bytes of [[0x08], [0x08, 0, 5, 0x61], [0x7f]])
    expect(() => readResponseProperties(Buffer.from(bytes))).toThrow();
  expect(readResponseProperties()).toEqual({});
});
