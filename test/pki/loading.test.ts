import {readFileSync} from 'node:fs';
import {basename, resolve} from 'node:path';
import {expect, it} from 'vitest';

const FOLDER = resolve(import.meta.dirname, '../../src/pki');

/** The files of the folder that are loaded with this one. Types are not loaded. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(resolve(FOLDER, file), 'utf8');
  for (const [, name] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from '\.\/([^']+)\.js'/gms)) {
    loadedWith(`${basename(name!)}.ts`, seen);
  }
  return seen;
}

it('sees what is loaded', () => {
  expect([...loadedWith('device-certificate.ts')]).toContain('x509.ts');
});

it.each([
  'describe.ts',
  'device-check.ts',
  'diagnose.ts',
  'possession.ts',
  'read-revocation-list.ts',
  'revocation-list.ts',
  'server-renewal.ts',
])('%s does not load the library that makes certificates, which takes long', file => {
  expect([...loadedWith(file)]).not.toContain('x509.ts');
});
