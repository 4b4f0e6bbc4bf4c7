/** Keys for registries of tests: new ones each time, as a platform makes them at its first start. */
import {randomBytes} from 'node:crypto';
import {createSigningKey} from '../../src/audit/checkpoint.js';
import {createRootAuthority} from '../../src/pki/authority.js';
import type {RegistryKeys} from '../../src/registry/registry.js';
import {VAULT_KEY_BYTES} from '../../src/registry/vault.js';

export const testKeys = (): RegistryKeys => ({
  vaultKey: randomBytes(VAULT_KEY_BYTES),
  auditKeyPem: createSigningKey().privateKeyPem,
});

let root: ReturnType<typeof createRootAuthority> | undefined;

/** One authority for all tests of a process: making a key takes a while. */
export function testRoot(): ReturnType<typeof createRootAuthority> {
  root ??= createRootAuthority({name: 'test root', nowMs: Date.now()});
  return root;
}
