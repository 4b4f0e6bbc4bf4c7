import {describe, expect, it} from 'vitest';
import {AddressConflicts} from '../../src/broker/address-conflicts.js';

const MINUTE = 60_000;

/** Connects from these addresses, a minute apart, and gives back what each connection told. */
function connectedFrom(addresses: readonly string[], apartMs = MINUTE) {
  const conflicts = new AddressConflicts();
  return addresses.map((address, index) => conflicts.connected('default/pump-7', address, index * apartMs));
}

describe('two addresses with one identity', () => {
  it('are a conflict when they alternate, told once', () => {
    const told = connectedFrom(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(told.map(conflict => conflict !== undefined)).toEqual([false, false, false, true, false, false]);
    expect(told[3]).toEqual({addresses: ['a', 'b'], switches: 3});
  });

  it('are told of again when it goes on', () => {
    const told = connectedFrom(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b']);
    expect(told.filter(conflict => conflict !== undefined)).toHaveLength(2);
  });

  it.each([
    ['a device that moves on', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['one that comes back once', ['a', 'b', 'a', 'a', 'a']],
    ['one that comes from the same address again and again', ['a', 'a', 'a', 'a', 'a']],
  ])('are none for %s', (_, addresses) => {
    expect(connectedFrom(addresses).every(conflict => conflict === undefined)).toBe(true);
  });

  it('are none when the changes lie far apart', () => {
    expect(connectedFrom(['a', 'b', 'a', 'b', 'a', 'b'], 11 * MINUTE).every(told => told === undefined)).toBe(
      true,
    );
  });

  it('of different devices have nothing to do with each other', () => {
    const conflicts = new AddressConflicts();
    for (const address of ['a', 'b', 'a', 'b'])
      for (const who of ['default/one', 'other/one'])
        expect(conflicts.connected(`${who}-${address}`, address, 0)).toBeUndefined();
  });
});
