import {expect, it} from 'vitest';
import {mendJson} from '../../src/store/safe-json.js';
import {eventOf, startStore} from '../support/start-store.js';

it.each([
  ['{"a":1}', '{"a":1}'],
  ['{"a":"\\ud83d\\ude00 \\n"}', '{"a":"\\ud83d\\ude00 \\n"}'],
  ['{"a":"\\ud800"}', '{"a":"\\ufffd"}'],
  ['{"a":"\\uD800\\u0041"}', '{"a":"\\ufffd\\u0041"}'],
  ['{"a":"\\udc00\\ud800\\udc00"}', '{"a":"\\ufffd\\ud800\\udc00"}'],
  ['{"a":"\\\\ud800"}', '{"a":"\\\\ud800"}'],
  ['{"\\udfff":12345678901234567890.10}', '{"\\ufffd":12345678901234567890.10}'],
])('mends %s to %s', (text, mended) => {
  expect(Buffer.from(mendJson(Buffer.from(text))).toString()).toBe(mended);
});

it('keeps every body that JSON.parse takes so that queries can look into it', async () => {
  await using world = await startStore();
  const bodies = [
    '{"a":"\\ud800"}',
    '{"\\udc00":1}',
    '{"a":1e999}',
    '{"a":-1e999}',
    '{"a":1e-999}',
    '{"a":"x\\u0000y"}',
    '{"a\\u0000b":1}',
    '{"a":1,"a":2}',
    '{"a":123456789012345678901234567890}',
    `{"a":${'9'.repeat(400)}}`,
    '{"a":-0}',
    ' \n{"a" : 1}\t',
    '{"__proto__":{"a":1}}',
    '{"":1}',
    '{"a":"\u2028\uffff"}',
    '[]',
    '{}',
    '5',
    'null',
    '"\\udbff"',
  ];
  await world.put(...bodies.map(body => eventOf(body)));
  await world.put(eventOf({}, {type: 'event.x', attributes: {reason: 'half \ud800'}}));
  const [row] = await world.rows(`SELECT count(*), count(*) FILTER (json_valid(body)), count(json_type(body)),
    count(body->'$.a'), count(body->>'a'), count(try_cast(body->>'a' AS DOUBLE)), count(json_keys(body)), sum(length(body::VARCHAR)) > 0
    FROM events`);
  expect(row!.slice(0, 3)).toEqual([bodies.length + 1, bodies.length + 1, bodies.length + 1]);
  expect(await world.rows("SELECT attributes->>'reason' FROM events WHERE attributes IS NOT NULL")).toEqual([
    ['half \ufffd'],
  ]);
  expect(await world.rows('SELECT metric, value FROM readings WHERE "offset" = 7')).toEqual([['a', 2]]);
  expect(await world.rows('SELECT hex(metric) FROM readings WHERE "offset" = 6')).toEqual([['610062']]);
});
