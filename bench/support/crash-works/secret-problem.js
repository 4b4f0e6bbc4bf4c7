import {createHash} from 'node:crypto';

/** What is wrong with what a device's secret is checked against; false where it is that secret. */
export function secretProblem(id, {proof}, secret) {
  if (secret === undefined) return `the secret of ${id} is lost`;
  const {saltHex, hashHex} = JSON.parse(proof);
  const hash = createHash('sha256').update(Buffer.from(saltHex, 'hex')).update(secret).digest('hex');
  return hash !== hashHex && `the secret of ${id} is another`;
}
