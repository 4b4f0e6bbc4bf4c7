import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {IotctlError} from '../../src/domain/errors.js';
import {isJsonObject, type JsonObject} from '../../src/domain/json.js';
import {mergePatch, patchBetween} from '../../src/domain/merge-patch.js';
import type {ModelSpec} from '../../src/domain/model.js';
import {desiredFault, reportedFaults} from '../../src/domain/property-check.js';
import {BLANK_TWIN, type StoredTwin} from '../../src/domain/twin.js';
import {withDesired, withReport, withTags} from '../../src/domain/twin-change.js';
import {deltaOf, differencesIn, stateOf} from '../../src/domain/twin-delta.js';
import {documentFault, TWIN_BYTES_MAX} from '../../src/domain/twin-limits.js';
import {reportOf} from '../../src/domain/twin-report.js';

const key = fc.constantFrom('a', 'b', 'c', '0', 'constructor', 'toString');
const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.string(), fc.array(fc.integer(), {maxLength: 3}));

/** Documents hold no null as a member: patches do. */
const {document} = fc.letrec<{document: JsonObject; value: unknown}>(tie => ({
  document: fc.dictionary(key, tie('value'), {maxKeys: 4}),
  value: fc.oneof({maxDepth: 3}, leaf, tie('document')),
}));
const {patch} = fc.letrec<{patch: JsonObject; value: unknown}>(tie => ({
  patch: fc.dictionary(key, tie('value'), {maxKeys: 4}),
  value: fc.oneof({maxDepth: 3}, leaf, fc.constant(null), tie('patch')),
}));

describe('a merge patch', () => {
  // RFC 7396, appendix A, as far as it is about objects.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
    ['{"__proto__":1}', '{"__proto__":{"x":1}}', '{"__proto__":{"x":1}}'],
  ])('%s with %s is %s', (target, change, result) => {
    expect(JSON.stringify(mergePatch(JSON.parse(target), JSON.parse(change)))).toBe(result);
    expect(({} as {x?: unknown}).x).toBeUndefined();
  });

  it('between two documents makes the one of the other', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(mergePatch(before, patchBetween(before, after))).toEqual(after);
      }),
    );
  });

  it('of a document with itself is empty', () => {
    fc.assert(
      fc.property(document, one => {
        expect(patchBetween(one, structuredClone(one))).toEqual({});
      }),
    );
  });
});

describe('the delta', () => {
  it('is empty where everything is reported, whatever else is', () => {
    fc.assert(
      fc.property(document, patch, (desired, more) => {
        const reported = mergePatch(mergePatch({}, more), desired);
        expect(deltaOf(desired, reported)).toEqual({});
      }),
    );
  });

  it('has every value that differs, and reporting it ends it', () => {
    fc.assert(
      fc.property(document, document, (desired, reported) => {
        const delta = deltaOf(desired, reported);
        expect(deltaOf(desired, mergePatch(reported, delta))).toEqual({});
        for (const {desired: wanted, reported: told} of differencesIn(delta, reported))
          expect(wanted).not.toEqual(told);
      }),
    );
  });

  it('says nothing of what the device reports beyond', () => {
    expect(deltaOf({a: 1, b: {c: 2}}, {a: 1, b: {c: 3, d: 4}, fw: '1.4'})).toEqual({b: {c: 2}});
  });
});

const BY = {by: 'user:ann', nowMs: 1000};

const report = (twin: StoredTwin, body: unknown, offset: number): StoredTwin => {
  const read = reportOf(body);
  if (typeof read === 'string') throw new Error(read);
  return withReport(twin, read, {by: 'device', nowMs: 2000 + offset, offset});
};

const desire = (twin: StoredTwin, own: JsonObject): StoredTwin => withDesired(twin, {own, layers: []}, BY);

describe('a twin', () => {
  it('has versions that grow by one with each change, and not without one', () => {
    fc.assert(
      fc.property(fc.array(document, {maxLength: 12}), documents => {
        let twin = BLANK_TWIN;
        let changes = 0;
        for (const own of documents) {
          const differs =
            JSON.stringify(deltaOf(own, twin.own)) !== '{}' ||
            JSON.stringify(deltaOf(twin.own, own)) !== '{}';
          const next = desire(twin, own);
          if (next.desired.version !== twin.desired.version) changes++;
          expect(next.desired.version - twin.desired.version).toBe(next === twin ? 0 : 1);
          if (differs) expect(next).not.toBe(twin);
          twin = next;
        }
        expect(twin.desired.version).toBe(changes);
      }),
    );
  });

  it('knows of each value who set it last, and of no other', () => {
    fc.assert(
      fc.property(fc.array(document, {minLength: 1, maxLength: 6}), documents => {
        const twin = documents.reduce(desire, BLANK_TWIN);
        expect(shapeOf(twin.desired.marks)).toEqual(shapeOf(twin.desired.document));
      }),
    );
    const first = desire(BLANK_TWIN, {a: 1, b: {c: 2, d: 3}});
    const second = withDesired(first, {own: {a: 1, b: {c: 5, d: 3}}, layers: []}, {by: 'user:bob', nowMs: 9});
    expect(second.desired.marks).toEqual({
      a: [1000, 'user:ann', 1],
      b: {c: [9, 'user:bob', 2], d: [1000, 'user:ann', 1]},
    });
  });

  it('is pending until the device reports or acknowledges it, and rejected when it says so', () => {
    const wanted = desire(BLANK_TWIN, {interval: 30});
    expect(BLANK_TWIN.state).toBe('in-sync');
    expect(wanted.state).toBe('pending');
    expect(report(wanted, {interval: 30}, 1).state).toBe('in-sync');
    expect(report(wanted, {$ack: {version: 1, status: 'applied'}}, 1).state).toBe('in-sync');
    const rejected = report(wanted, {$ack: {version: 1, status: 'rejected', reason: 'too fast'}}, 1);
    expect(rejected).toMatchObject({state: 'rejected', acknowledged: {reason: 'too fast'}});
    expect(desire(rejected, {interval: 60}).state).toBe('pending');
    // It says that it applied it, and reports something else: it is not so.
    expect(report(wanted, {interval: 60, $ack: {version: 1, status: 'applied'}}, 1).state).toBe('pending');
    // Changed at the device, later.
    const drifted = report(report(wanted, {interval: 30}, 1), {interval: 31}, 2);
    expect(drifted).toMatchObject({state: 'pending', stateMs: 2002});
  });

  it('is not moved by an acknowledgement of an older version that comes late', () => {
    const twin = report(
      desire(desire(BLANK_TWIN, {a: 1}), {a: 2}),
      {$ack: {version: 2, status: 'applied'}},
      1,
    );
    expect(report(twin, {$ack: {version: 1, status: 'rejected'}}, 2)).toMatchObject({
      state: 'in-sync',
      acknowledged: {version: 2},
    });
  });

  it.each([
    ['a version that there never was', {$ack: {version: 2, status: 'applied'}}],
    ['a key with a dot', {'a.b': 1}],
    ['a key with a dollar', {$version: 1}],
    ['a key with a space, deep inside', {a: [{'b c': 1}]}],
    ['a control character', {'a\u0007': 1}],
    ['an empty key', {'': 1}],
    ['a prototype', JSON.parse('{"__proto__":{"x":1}}') as object],
    ['more levels than ten', nested(11)],
    ['more than 32 KB', {a: 'x'.repeat(TWIN_BYTES_MAX.reported)}],
  ])('takes no report with %s', (_, body) => {
    expect(() => report(desire(BLANK_TWIN, {a: 1}), body, 1)).toThrow(IotctlError);
  });

  it('takes what is just within the limits', () => {
    expect(documentFault('desired', nested(10))).toBeUndefined();
    expect(documentFault('tags', {a: 'x'.repeat(8 * 1024 - 8)})).toBeUndefined();
    expect(() => withTags(BLANK_TWIN, {a: 'x'.repeat(8 * 1024)}, BY)).toThrow('at most 8192');
    // The sum counts, not each patch.
    const half = {a: 'x'.repeat(17_000)};
    expect(() => report(report(BLANK_TWIN, half, 1), {b: half.a}, 2)).toThrow('at most 32768');
  });

  it.each([
    5,
    null,
    [],
    'text',
    {$ack: 1},
    {$ack: {version: 1}},
    {$ack: {version: -1, status: 'applied'}},
    {$ack: {version: 1.5, status: 'applied'}},
    {$ack: {version: 1, status: 'done'}},
    {$ack: {version: 1, status: 'rejected', reason: 4}},
  ])('is not reported as %j', body => {
    expect(reportOf(body)).toBeTypeOf('string');
  });
});

describe('properties of a model', () => {
  const model: ModelSpec = {
    model: 'lamp',
    version: 1,
    properties: {
      interval: {type: 'integer', min: 1, max: 60, writable: true},
      'door.locked': {type: 'boolean', writable: true},
      serial: {type: 'string'},
    },
  };

  it.each([
    [{interval: 5, door: {locked: true}, serial: 'A1', old: null}, []],
    [{interval: 500}, ['out-of-range:interval']],
    [{door: {locked: 'yes', open: 1}}, ['wrong-type:door.locked', 'unknown-property:door.open']],
  ])('mark %j that is reported with %j', (body, faults) => {
    expect(reportedFaults(model, body)).toEqual(faults);
  });

  it.each([
    [{interval: 5, door: {locked: false}}, undefined],
    [{serial: null}, undefined],
    [{interval: 500}, 'property interval is not between 1 and 60'],
    [{serial: 'A1'}, 'property serial is not writable'],
    [{colour: 'red'}, 'no property "colour"; there are: interval, door.locked, serial'],
  ])('answer %j that is desired with %s', (body, fault) => {
    expect(desiredFault(model, body)).toBe(fault);
  });

  it('where none are described say nothing', () => {
    expect(desiredFault({model: 'x', version: 1}, {a: 1})).toBeUndefined();
    expect(reportedFaults({model: 'x', version: 1}, {a: 1})).toEqual([]);
  });
});

it('the state follows from the documents alone where nothing is acknowledged', () => {
  fc.assert(
    fc.property(document, document, (wanted, reported) => {
      const isSame = JSON.stringify(deltaOf(wanted, reported)) === '{}';
      expect(stateOf({version: 1, document: wanted}, reported, undefined)).toBe(
        isSame ? 'in-sync' : 'pending',
      );
    }),
  );
});

function nested(levels: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 1; level < levels; level++) value = {a: value};
  return value;
}

/** Levels and names, without the values. */
function shapeOf(value: unknown): unknown {
  return isJsonObject(value) && Object.keys(value).length > 0
    ? Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, shapeOf(inside)]))
    : true;
}
