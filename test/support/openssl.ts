/** Debian's openssl, which nobody here wrote, as a second opinion. It is always there, so without it a test fails. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import type {KeyedCertificate} from '../../src/pki/issue.js';
import {temporaryFolder} from './temporary-folder.js';

/** Runs openssl in a folder that holds these files; answers with everything it printed and whether it was content. */
export async function openssl(
  files: Record<string, string>,
  ...args: string[]
): Promise<{ok: boolean; text: string}> {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder.path, name), text, {mode: 0o600});
  const {exitCode, stdout, stderr} = await execa('openssl', args, {cwd: folder.path, reject: false});
  if (exitCode === undefined) throw new Error('openssl is not installed (apt-get install openssl)');
  return {ok: exitCode === 0, text: [stdout, stderr].filter(text => text !== '').join('\n')};
}

/** A certificate that openssl makes and this issuer signs, for what our own code would refuse to make: `args` say what. */
export async function certificateByOpenssl(
  issuer: KeyedCertificate,
  subject: string,
  ...args: string[]
): Promise<KeyedCertificate> {
  const files = {'ca.pem': issuer.certificatePem, 'ca.key': issuer.keyPem};
  const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-nodes', '-keyout', '-'];
  const {ok, text} = await openssl(files, 'req', '-x509', ...signer, '-subj', subject, ...args);
  const block = (label: string) =>
    new RegExp(`-----BEGIN ${label}-----[\\s\\S]+?-----END ${label}-----`).exec(text)?.[0];
  const [certificatePem, keyPem] = [block('CERTIFICATE'), block('PRIVATE KEY')];
  if (!ok || certificatePem === undefined || keyPem === undefined) throw new Error(text);
  return {certificatePem: `${certificatePem}\n`, keyPem: `${keyPem}\n`};
}
