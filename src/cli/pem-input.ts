import {IotctlError} from '../domain/errors.js';
import {readInput} from './lines-in.js';

/**
 * A certificate in PEM, of a file or of stdin for `-`. Throws `IOT_INPUT_INVALID`; a private key, which somebody may
 * have named by mistake, is refused before it leaves this machine.
 */
export async function readCertificate(path: string): Promise<string> {
  const pem = (await readInput(path)).toString('latin1');
  const name = path === '-' ? 'stdin' : path;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `${name} holds a private key, which has to stay where it is: give the certificate`,
    );
  }
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new IotctlError('IOT_INPUT_INVALID', `${name} holds no certificate in PEM`);
}
