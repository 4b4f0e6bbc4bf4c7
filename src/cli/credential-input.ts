/** New credentials of devices: which flags each kind takes, what is made here for it, and how it is handed over. */
import * as Flags from '@oclif/core/flags';
import type {IssuedCredential, WantedCredential} from '../client/credential-api.js';
import {CREDENTIAL_KINDS, type CredentialKind} from '../domain/credential.js';
import {IotctlError} from '../domain/errors.js';
import type {ShownCredential} from './credential-columns.js';
import {outFlag, requestCertificate} from './device-certificate.js';
import {newPassword, passwordStdinFlag} from './password-input.js';
import {reserveSecretFile, secretFileFlag} from './secret-file.js';

export const CREDENTIAL_FLAGS = {
  kind: Flags.option({
    options: CREDENTIAL_KINDS,
    default: 'secret' as const,
    description:
      'secret: a random password; password: one of your own; token: a key that the device signs its tokens with; x509: a certificate',
  })(),
  'password-stdin': passwordStdinFlag,
  out: outFlag,
  'secret-file': secretFileFlag,
};

interface CredentialFlags {
  readonly kind: CredentialKind;
  readonly 'password-stdin': boolean;
  readonly out?: string | undefined;
  readonly 'secret-file'?: string | undefined;
}

/** `id`, and what else says which it is, is always there; the secret is not where it went to a file. */
export interface HandedOver<Issued extends IssuedCredential> {
  readonly shown: Issued & ShownCredential;
  /** Is there something in it that is shown this once? */
  readonly hasSecret: boolean;
}

/**
 * Makes here what the kind needs, has the platform issue the credential, and puts the secret where the flags say.
 * Throws `IOT_USAGE` for flags that do not go with the kind.
 */
export async function issueCredential<Issued extends IssuedCredential>(
  device: string,
  flags: CredentialFlags,
  issue: (wanted: Pick<WantedCredential, 'kind' | 'password' | 'csr'>) => Promise<Issued>,
): Promise<HandedOver<Issued>> {
  const {kind, out} = flags;
  checkFlags(flags);
  if (kind === 'x509') {
    await using pending = await requestCertificate(device, out);
    const issued = await issue({kind, csr: pending.csr});
    return {shown: {...issued, files: await pending.keep(issued)}, hasSecret: false};
  }
  if (kind === 'password') {
    const password = await newPassword(flags['password-stdin'], device);
    return {shown: await issue({kind, password}), hasSecret: false};
  }
  const path = flags['secret-file'];
  if (path === undefined) return {shown: await issue({kind}), hasSecret: true};
  await using file = await reserveSecretFile(path);
  const {secret, key, ...rest} = await issue({kind});
  await file.write(secret ?? key ?? '');
  return {shown: rest as Issued, hasSecret: false};
}

function checkFlags({kind, 'password-stdin': fromStdin, out, 'secret-file': file}: CredentialFlags): void {
  if (fromStdin && kind !== 'password') throw usage('--password-stdin', 'password');
  if (out !== undefined && kind !== 'x509') throw usage('--out', 'x509');
  if (file !== undefined && kind !== 'secret' && kind !== 'token')
    throw usage('--secret-file', 'secret or token');
}

const usage = (flag: string, kind: string): IotctlError =>
  new IotctlError('IOT_USAGE', `${flag} goes with --kind ${kind}`);
