import {describe, expect, it} from 'vitest';
import {ADMIN_STATES, LIFECYCLES} from '../../src/domain/device.js';
import {
  ADMIN_ACTIONS,
  ADMIN_MOVES,
  adminStateAfter,
  ENDED,
  LIFECYCLE_MOVES,
  LIFECYCLE_STEPS,
  lifecycleAfter,
} from '../../src/domain/lifecycle.js';

describe('lifecycles', () => {
  it('never begin again once they have ended', () => {
    for (const state of ENDED)
      for (const step of LIFECYCLE_STEPS) {
        const to = LIFECYCLE_MOVES[state][step];
        expect(to === undefined || ENDED.includes(to)).toBe(true);
      }
    expect(LIFECYCLE_MOVES.purged).toEqual({purge: 'purged'});
  });

  it('can be ended from everywhere, and only a retired one is purged', () => {
    for (const state of LIFECYCLES) {
      if (state !== 'purged') expect(lifecycleAfter('d', state, 'retire')).toBe('retired');
      if (!ENDED.includes(state))
        expect(() => lifecycleAfter('d', state, 'purge')).toThrow('only a retired one is purged');
    }
    expect(() => lifecycleAfter('d', 'retired', 'connect')).toThrow('device d is retired');
    expect(() => lifecycleAfter('d', 'registered', 'disown')).toThrow('device d is registered');
  });

  it('reach every state from the first one', () => {
    const reached = new Set<string>(['registered']);
    for (const state of reached)
      for (const next of Object.values(LIFECYCLE_MOVES[state as (typeof LIFECYCLES)[number]]))
        reached.add(next);
    expect([...reached].sort()).toEqual([...LIFECYCLES].sort());
  });
});

describe('admin states', () => {
  it('can be repeated', () => {
    for (const state of ADMIN_STATES)
      for (const action of ADMIN_ACTIONS) {
        const to = ADMIN_MOVES[state][action];
        if (to !== undefined && action !== 'release') expect(ADMIN_MOVES[to][action]).toBe(to);
      }
  });

  it('lead out of quarantine by a release only', () => {
    const from = {lifecycle: 'active', adminState: 'quarantined'} as const;
    expect(adminStateAfter('d', from, 'release')).toBe('enabled');
    for (const action of ['enable', 'disable', 'maintain'] as const)
      expect(() => adminStateAfter('d', from, action)).toThrow('it can be told to quarantine or release');
  });

  it('do not change once the device is retired', () => {
    for (const lifecycle of ENDED)
      for (const action of ADMIN_ACTIONS)
        expect(() => adminStateAfter('d', {lifecycle, adminState: 'enabled'}, action)).toThrow(
          `device d is ${lifecycle}`,
        );
  });
});
