import {randomBytes} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {holdsSecret, withoutSecrets} from '../../src/domain/generated-secret.js';

const SECRET = 'ne7q_NaS0DV07kywA9GZhgD3WNMCPwNZwPKPQe4EAGQ';

describe('a secret that the platform made', () => {
  it.each([
    [SECRET, '(hidden)'],
    [`device/${SECRET}`, 'device/(hidden)'],
    [`token/iotctl_pat_${SECRET}: unknown`, 'token/(hidden): unknown'],
    [`t/default/d/${SECRET}/telemetry`, 't/default/d/(hidden)/telemetry'],
    [`"${SECRET}" and "${SECRET}"`, '"(hidden)" and "(hidden)"'],
  ])('is hidden in %s', (text, hidden) => {
    expect(withoutSecrets(text)).toBe(hidden);
    expect(holdsSecret(text)).toBe(true);
  });

  it('is recognised as often as not to matter', () => {
    const secrets = Array.from({length: 1000}, () => randomBytes(32).toString('base64url'));
    expect(secrets.filter(secret => !holdsSecret(secret)).length).toBeLessThan(20);
  });

  it.each([
    '',
    'device/lamp-1',
    `session-${'01a20944-e29b-74e3-9b96-22f9bd7ccfe8'}`,
    `break-glass-${'01a20944-e29b-74e3-9b96-22f9bd7ccfe8'}`,
    'pump-in-the-second-hall-of-the-northern-site',
    'a'.repeat(43),
    `${SECRET}x`,
    'f'.repeat(64),
  ])('%j is none', text => {
    expect(withoutSecrets(text)).toBe(text);
  });
});
