import fc from 'fast-check';
import {expect, it} from 'vitest';
import {cloudEventJson, toCloudEvent} from '../../src/domain/cloud-event.js';
import type {StoredEvent} from '../../src/domain/event.js';
import {sampleEvent} from '../stream/sample-events.js';

const stored = (fields: Partial<StoredEvent>): StoredEvent => ({...sampleEvent(), offset: 7, ...fields});

it('is the same as JSON text as it is as an object, and always one line', () => {
  const spaces = fc.constantFrom(0, 2, '\t');
  fc.assert(
    fc.property(
      fc.json(),
      spaces,
      fc.constantFrom('', 'motor'),
      fc.option(fc.integer()),
      (json, space, component, time) => {
        const text = JSON.stringify(JSON.parse(json), null, space).replaceAll('\n', '\r\n');
        const event = stored({payload: Buffer.from(text), component, timeMs: time ?? undefined});
        const line = cloudEventJson(event);
        expect(line).not.toMatch(/[\r\n]/);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(toCloudEvent(event))));
      },
    ),
  );
});

it('keeps every digit that the device sent', () => {
  const event = stored({payload: Buffer.from('{"serial":12345678901234567890}')});
  expect(cloudEventJson(event)).toContain('"data":{"serial":12345678901234567890}');
});

it('gives what is no JSON as base64, and nothing for nothing', () => {
  const bytes = stored({contentType: 'application/octet-stream', payload: Buffer.from([0, 255])});
  expect(JSON.parse(cloudEventJson(bytes))).toMatchObject({data_base64: 'AP8='});
  const empty = JSON.parse(cloudEventJson(stored({payload: new Uint8Array()}))) as object;
  expect(Object.keys(empty).filter(key => key.startsWith('data_') || key === 'data')).toEqual([]);
});
