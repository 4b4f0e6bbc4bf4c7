import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
  deviceMaySubscribe,
  devicePrefix,
  expandAlias,
  filterCovers,
  filterMatches,
  isTopicFilter,
  isTopicName,
  parseUpTopic,
  serviceMayPublish,
  serviceMayReceive,
  serviceMaySubscribe,
  shortenToAlias,
} from '../../src/domain/topic.js';

const prefix = devicePrefix('acme', 'pump-7');

describe('a device', () => {
  it.each([
    ['telemetry', {kind: 'telemetry', component: ''}],
    ['telemetry/motor', {kind: 'telemetry', component: 'motor'}],
    ['event/critical/overheated', {kind: 'event', severity: 'critical', type: 'overheated'}],
    ['cmd/0190/result', {kind: 'command', id: '0190', stage: 'result'}],
    ['status', {kind: 'status'}],
  ])('may publish to %s', (suffix, meaning) => expect(parseUpTopic(suffix)).toEqual(meaning));

  it.each([
    'telemetry/Motor',
    'telemetry/a/b',
    'telemetry/',
    'event/fatal/x',
    'event/critical',
    'cmd/0190/reboot',
    'status/x',
    'error',
    '',
  ])('may not publish to %j', suffix => expect(parseUpTopic(suffix)).toBeUndefined());

  it.each(['cmd/#', 'cmd/+/+', 'cmd/+/reboot', 'error', 'cmd'])('may subscribe to its own %s', suffix =>
    expect(deviceMaySubscribe(prefix + suffix, prefix)).toBe(true),
  );

  it.each([
    '#',
    '+/#',
    't/+/d/#',
    't/acme/+/pump-7/#',
    't/acme/d/+/cmd/#',
    't/acme/d/pump-7/#',
    't/acme/d/pump-70/cmd/#',
    't/other/d/pump-7/cmd/#',
    '/t/acme/d/pump-7/cmd/#',
    'T/acme/d/pump-7/cmd/#',
    '$SYS/#',
    '$share/g/t/acme/d/pump-7/cmd/#',
    't/acme/d/pump-7/telemetry',
  ])('may not subscribe to %s', filter => expect(deviceMaySubscribe(filter, prefix)).toBe(false));

  it('gets back the name that it used', () => {
    const canonical = expandAlias('me/cmd/1/reboot', prefix);
    expect(canonical).toBe('t/acme/d/pump-7/cmd/1/reboot');
    expect(shortenToAlias(canonical, prefix)).toBe('me/cmd/1/reboot');
  });
});

describe('an application', () => {
  const service = {
    kind: 'service',
    tenant: 'acme',
    name: 'billing',
    secret: {saltHex: '', hashHex: ''},
    expiresMs: Number.POSITIVE_INFINITY,
    topics: ['x/#'],
    access: {tenant: 'acme', grants: [], scopes: null},
    devices: 'all',
  } as const;

  it('has its granted topics and nothing else', () => {
    expect(serviceMayPublish('t/acme/x/a/b', service)).toBe(true);
    expect(serviceMaySubscribe('t/acme/x/+/b', service)).toBe(true);
    expect(serviceMayPublish('t/other/x/a', service)).toBe(false);
    expect(serviceMaySubscribe('t/+/x/a', service)).toBe(false);
    expect(serviceMaySubscribe('t/acme/#', service)).toBe(false);
    expect(serviceMaySubscribe('$share/g/t/acme/x/#', service)).toBe(false);
  });

  it('reads telemetry only where its token says so, and never writes it', () => {
    const access = {tenant: 'acme', grants: [{role: 'viewer', selector: null}], scopes: null} as const;
    const reader = {...service, access};
    expect(serviceMaySubscribe('t/acme/d/+/telemetry', service)).toBe(false);
    expect(serviceMaySubscribe('t/acme/d/+/telemetry', reader)).toBe(true);
    expect(serviceMayReceive('t/acme/d/pump-7/telemetry/motor', reader)).toBe(true);
    expect(serviceMayReceive('t/other/d/pump-7/telemetry', reader)).toBe(false);
    expect(serviceMaySubscribe('t/acme/d/+/cmd/#', reader)).toBe(false);
    expect(serviceMayPublish('t/acme/d/pump-7/telemetry', reader)).toBe(false);
  });
});

describe('filters', () => {
  it.each([
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/+', 'a/b', true],
    ['a/+', 'a', false],
    ['+/+', '/b', true],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['a/b', 'a/b/c', false],
  ])('%s matches %s: %s', (filter, topic, matches) => expect(filterMatches(filter, topic)).toBe(matches));

  it.each(['a/+b', 'a+', '+a', 'a#', '#a', 'a/#/b', '', 'a\0b', '/'.repeat(16)])(
    '%j is not well formed',
    filter => expect(isTopicFilter(filter)).toBe(false),
  );

  it('a covered filter matches nothing that the covering one does not', () => {
    const segment = fc.constantFrom('a', 'b', '+');
    const filter = fc
      .tuple(fc.array(segment, {minLength: 1, maxLength: 4}), fc.boolean())
      .map(([segments, wild]) => [...segments, ...(wild ? ['#'] : [])].join('/'));
    const topic = fc
      .array(fc.constantFrom('a', 'b', 'c'), {minLength: 1, maxLength: 5})
      .map(parts => parts.join('/'));
    fc.assert(
      fc.property(filter, filter, topic, (outer, inner, name) => {
        expect(isTopicName(name)).toBe(true);
        if (filterCovers(outer, inner) && filterMatches(inner, name))
          expect(filterMatches(outer, name)).toBe(true);
      }),
    );
  });
});
