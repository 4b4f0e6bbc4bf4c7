import {createHash, pbkdf2Sync, randomBytes} from 'node:crypto';
import {expect, it} from 'vitest';
import {parseMosquittoHash} from '../../src/domain/mosquitto-hash.js';
import {passwordMatches} from '../../src/domain/password.js';

const salt = randomBytes(12);
const base64 = (bytes: Buffer): string => bytes.toString('base64');
const HASHES = {
  pbkdf2: `$7$101$${base64(salt)}$${base64(pbkdf2Sync('open sesame', salt, 101, 64, 'sha512'))}`,
  sha512: `$6$${base64(salt)}$${base64(createHash('sha512').update('open sesame').update(salt).digest())}`,
  // Made by Debian's mosquitto_passwd 2.0.
  made: '$7$101$cfXB2fEQT7kUMZIY$vZla0VqEOE6YEaTMMrVWLBFDE/QmJBpeVIar8oz71WOZIt2jykVOvKkv+oH5uXf2WNVu3RcZSP2VtNStoVvVBQ==',
};

it.each(Object.entries(HASHES))('%s lets the right password in, and no other', async (_, text) => {
  const hash = parseMosquittoHash(text);
  expect(await passwordMatches('open sesame', hash)).toBe(true);
  expect(await passwordMatches(Buffer.from('open sesame'), hash)).toBe(true);
  expect(await passwordMatches('open sesame ', hash)).toBe(false);
});

it.each([
  '',
  'open sesame',
  '$5$abc$def',
  '$7$$c2FsdA==$aGFzaA==',
  HASHES.pbkdf2.slice(0, -8),
  `${HASHES.sha512}x$`,
  HASHES.pbkdf2.replace('$101$', '$0$'),
  HASHES.pbkdf2.replace('$101$', '$2000000$'),
  HASHES.sha512.replace(base64(salt), 'A'.repeat(200)),
])('%j is refused', text => {
  expect(() => parseMosquittoHash(text)).toThrow(/hash/);
});
