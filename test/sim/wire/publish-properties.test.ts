import {expect, it} from 'vitest';
import {encodePublishProperties} from '../../../src/sim/wire/publish-properties.js';

it('writes what is there when there are no user properties', () => {
  // Length, id, and the text with its length (MQTT 5, 3.3.2.3.9).
  const expected = Buffer.from([8, 0x03, 0, 5, ...Buffer.from('plain')]);
  expect(encodePublishProperties({contentType: 'plain'})).toEqual(expected);
  expect(encodePublishProperties({contentType: 'plain', userProperties: {}})).toEqual(expected);
});
