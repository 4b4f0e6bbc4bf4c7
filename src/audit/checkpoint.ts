/** Checkpoints: Ed25519 signatures (RFC 8032) that vouch for a chain up to a record. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type {AuditCheckpoint} from '../domain/audit.js';
import {IotctlError} from '../domain/errors.js';
import {canonicalJson} from './record.js';

export interface SigningKey {
  readonly keyId: string;
  readonly publicKeyPem: string;
  readonly privateKey: KeyObject;
}

/** By key id. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** Both as PEM: PKCS #8 and SPKI. */
export function createSigningKey(): {keyId: string; privateKeyPem: string; publicKeyPem: string} {
  const {privateKey} = generateKeyPairSync('ed25519');
  const privateKeyPem = privateKey.export({type: 'pkcs8', format: 'pem'}) as string;
  const {keyId, publicKeyPem} = loadSigningKey(privateKeyPem);
  return {keyId, privateKeyPem, publicKeyPem};
}

/** Throws `IOT_DATA_CORRUPT` for what is not an Ed25519 key. */
export function loadSigningKey(privateKeyPem: string): SigningKey {
  const privateKey = ed25519(() => createPrivateKey(privateKeyPem));
  const publicKey = createPublicKey(privateKey);
  const publicKeyPem = publicKey.export({type: 'spki', format: 'pem'}) as string;
  return {keyId: keyIdOf(publicKey), publicKeyPem, privateKey};
}

/** Throws `IOT_DATA_CORRUPT` for what is not an Ed25519 key. */
export function loadPublicKeys(pems: Iterable<string>): Map<string, KeyObject> {
  const keys = [...pems].map(pem => ed25519(() => createPublicKey(pem)));
  return new Map(keys.map(key => [keyIdOf(key), key]));
}

type Unsigned = Omit<AuditCheckpoint, 'keyId' | 'signature'>;

export const signCheckpoint = (key: SigningKey, content: Unsigned): AuditCheckpoint => signed(key, content);

/** Why a checkpoint vouches for nothing; null for one that does. */
export const checkpointFlaw = (checkpoint: AuditCheckpoint, keys: PublicKeys): string | null =>
  flawOf(checkpoint, keys);

/**
 * Says that the records of a chain up to this one have left, and that it goes on behind it. No checkpoint can pass for
 * that: whoever takes records away has none that is signed so.
 */
export const signBeginning = (key: SigningKey, content: Unsigned): AuditCheckpoint =>
  signed(key, content, BEGINS);

export const beginningFlaw = (beginning: AuditCheckpoint, keys: PublicKeys): string | null =>
  flawOf(beginning, keys, BEGINS);

const BEGINS = {begins: true};

function signed(
  {keyId, privateKey}: SigningKey,
  {tenant, seq, hash, time}: Unsigned,
  purpose: object = {},
): AuditCheckpoint {
  const content = {tenant, seq, hash, time};
  const text = canonicalJson({...content, ...purpose});
  return {...content, keyId, signature: sign(null, Buffer.from(text), privateKey).toString('base64')};
}

function flawOf(checkpoint: AuditCheckpoint, keys: PublicKeys, purpose: object = {}): string | null {
  const {tenant, seq, hash, time, keyId, signature} = checkpoint;
  if (!Number.isSafeInteger(seq) || seq < 1 || typeof signature !== 'string') return 'is malformed';
  const key = keys.get(keyId);
  if (!key) return `is signed with the key ${keyId}, which is not one of the known keys`;
  const content = Buffer.from(canonicalJson({tenant, seq, hash, time, ...purpose}));
  return verify(null, content, key, Buffer.from(signature, 'base64')) ? null : 'has a wrong signature';
}

function ed25519(load: () => KeyObject): KeyObject {
  try {
    const key = load();
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    throw new IotctlError('IOT_DATA_CORRUPT', 'the key of the audit log is not PEM', {cause: error});
  }
  throw new IotctlError('IOT_DATA_CORRUPT', 'the key of the audit log is not an Ed25519 key');
}

const keyIdOf = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({type: 'spki', format: 'der'}))
    .digest('hex')
    .slice(0, 16);
