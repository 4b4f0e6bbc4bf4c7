/** Key pairs, and which public keys are strong enough. */
import {createPrivateKey, KeyObject, webcrypto} from 'node:crypto';

export type Curve = 'P-256' | 'P-384';

export interface KeyPair {
  readonly publicKey: webcrypto.CryptoKey;
  readonly privateKey: webcrypto.CryptoKey;
}

/** ECDSA with the hash that matches the curve's strength (RFC 5480, 4). */
export interface SigningAlgorithm {
  readonly name: 'ECDSA';
  readonly namedCurve: Curve;
  readonly hash: 'SHA-256' | 'SHA-384';
}

/** Verifying a signature costs its key's owner nothing and us the cube of its size, so there is a largest one too. */
const RSA_BITS_MIN = 2048;
const RSA_BITS_MAX = 8192;

const CURVES: Record<string, Curve> = {prime256v1: 'P-256', secp384r1: 'P-384'};

export const newKeyPair = (curve: Curve): Promise<KeyPair> =>
  webcrypto.subtle.generateKey({name: 'ECDSA', namedCurve: curve}, true, ['sign', 'verify']);

/** PKCS #8 (RFC 5208), without a passphrase: the caller keeps it where only its owner reads. */
export const privateKeyPem = (key: webcrypto.CryptoKey): string =>
  KeyObject.from(key).export({type: 'pkcs8', format: 'pem'}).toString();

/** A private key that can sign certificates. Throws an error of node:crypto when the PEM holds no P-256 or P-384 key. */
export async function importSigningKey(
  keyPem: string,
): Promise<{key: webcrypto.CryptoKey; algorithm: SigningAlgorithm}> {
  const key = createPrivateKey(keyPem);
  const algorithm = signingAlgorithm(curveOf(key));
  const der = key.export({type: 'pkcs8', format: 'der'});
  return {key: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']), algorithm};
}

export const signingAlgorithm = (curve: Curve): SigningAlgorithm => ({
  name: 'ECDSA',
  namedCurve: curve,
  hash: curve === 'P-384' ? 'SHA-384' : 'SHA-256',
});

/** Why no certificate is signed for this public key, in words; undefined when one is. */
export function deviceKeyFault(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === 'ed25519') return undefined;
  return keyFault(key, ['prime256v1', 'secp384r1']);
}

/** Why a signature by this public key is not believed, in words; undefined when it is. */
export const authorityKeyFault = (key: KeyObject): string | undefined =>
  keyFault(key, ['prime256v1', 'secp384r1', 'secp521r1']);

function keyFault(key: KeyObject, curves: readonly string[]): string | undefined {
  const {namedCurve, modulusLength = 0} = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ec':
      return curves.includes(namedCurve ?? '') ? undefined : `a key on the curve ${namedCurve ?? 'unknown'}`;
    case 'rsa':
    case 'rsa-pss':
      return modulusLength >= RSA_BITS_MIN && modulusLength <= RSA_BITS_MAX
        ? undefined
        : `an RSA key of ${modulusLength} bits`;
    default:
      return `a key of type ${key.asymmetricKeyType ?? 'unknown'}`;
  }
}

function curveOf(key: KeyObject): Curve {
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (curve === undefined) throw new TypeError('the authority’s key is neither P-256 nor P-384');
  return curve;
}
