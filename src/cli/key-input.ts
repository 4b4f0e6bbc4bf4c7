/** Keys that devices sign with, as files hold them: base64 on one line. */
import * as Flags from '@oclif/core/flags';
import {KEY_BYTES} from '../domain/device-token.js';
import {IotctlError} from '../domain/errors.js';
import {readInput} from './lines-in.js';

/** Throws `IOT_INPUT_INVALID`, never with anything that the file holds. */
export async function readKey(path: string): Promise<Buffer> {
  const text = (await readInput(path)).toString('latin1').trim();
  const key = Buffer.from(text, 'base64');
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text) && key.length === KEY_BYTES) return key;
  throw new IotctlError(
    'IOT_INPUT_INVALID',
    `${path === '-' ? 'stdin' : path} does not hold a key: ${KEY_BYTES} bytes in base64`,
  );
}

export const keyFileFlag = (description: string) =>
  Flags.string({required: true, description, helpValue: 'FILE'});

export const keyTenantFlag = Flags.string({
  description: 'the tenant of the device [default: that of the context, or of its token]',
});
