import fc from 'fast-check';
import {expect, it} from 'vitest';
import {deviceUrn, parseDeviceUrn} from '../../src/pki/device-urn.js';

const parts = fc.record({
  tenant: fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/),
  device: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/),
  generation: fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/),
});

it('names tenant, device and generation so that each comes back, whatever colons the device has', () => {
  fc.assert(
    fc.property(parts, identity => {
      expect(parseDeviceUrn(deviceUrn(identity))).toEqual(identity);
    }),
  );
});

it('is written in one way only', () => {
  const anything = fc.string({unit: fc.constantFrom(...'urn:iotctl:acme:p-1.2 ,/%\nX'.split(''))});
  const texts = fc.oneof(
    anything,
    anything.map(text => `urn:iotctl:${text}`),
  );
  fc.assert(
    fc.property(texts, text => {
      const urn = parseDeviceUrn(text);
      return urn === undefined || deviceUrn(urn) === text;
    }),
  );
});

it.each([
  '',
  'urn:iotctl:acme:pump-1',
  'URN:iotctl:acme:pump-1:g',
  'urn:iotctl:ACME:pump-1:g',
  'urn:iotctl:acme::g',
  'urn:iotctl:acme:p 1:g',
])('is not %j', text => {
  expect(parseDeviceUrn(text)).toBeUndefined();
});
