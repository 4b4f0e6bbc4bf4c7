/** A device's certificate: its key and the request for it are made on this machine, and the key never leaves it. */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../domain/errors.js';
import {reserveSecretFile, type SecretFile} from './secret-file.js';

export const outFlag = Flags.string({
  description: 'the folder for key (mode 0600), certificate and chain [default: the current one]',
  helpValue: 'DIR',
});

/** Where things are; nothing in it is secret. */
export interface CertificateFiles {
  readonly key: string;
  readonly certificate: string;
  readonly chain: string;
}

/** A key, whose request waits to be signed. */
export interface PendingCertificate extends AsyncDisposable {
  /** PEM (RFC 2986). */
  readonly csr: string;
  /** Writes all three, once the platform has signed. */
  keep(signed: {readonly certificate?: string; readonly chain?: string}): Promise<CertificateFiles>;
}

/**
 * Makes a key, and the files for all that is to come: `lamp-1.key.pem`, `lamp-1.cert.pem` and `lamp-1.chain.pem`. They
 * are gone again when they were not kept. Never overwrites: throws `IOT_CONFLICT`.
 */
export async function requestCertificate(device: string, folder = '.'): Promise<PendingCertificate> {
  const {createCertificateRequest} = await import('../pki/request.js');
  const {requestPem, keyPem} = await createCertificateRequest({device});
  const [key, certificate, chain] = await reserveFiles(folder, device);
  return {
    csr: requestPem,
    async keep(signed) {
      if (signed.certificate === undefined || signed.chain === undefined) {
        throw new IotctlError('IOT_INTERNAL', `the platform gave no certificate for ${device}`);
      }
      await key.write(keyPem);
      await certificate.write(signed.certificate);
      await chain.write(signed.chain);
      return {key: key.path, certificate: certificate.path, chain: chain.path};
    },
    async [Symbol.asyncDispose]() {
      for (const file of [key, certificate, chain]) await file[Symbol.asyncDispose]();
    },
  };
}

/** All of them or none. */
async function reserveFiles(folder: string, device: string): Promise<[SecretFile, SecretFile, SecretFile]> {
  const reserved: SecretFile[] = [];
  const reserve = async (name: string, mode: number): Promise<SecretFile> => {
    const file = await reserveSecretFile(join(folder, `${device}.${name}.pem`), mode);
    reserved.push(file);
    return file;
  };
  try {
    await mkdir(folder, {recursive: true});
    return [await reserve('key', 0o600), await reserve('cert', 0o644), await reserve('chain', 0o644)];
  } catch (error) {
    for (const file of reserved) await file[Symbol.asyncDispose]();
    if (error instanceof IotctlError) throw error;
    throw new IotctlError('IOT_CONFLICT', `--out ${folder}: ${(error as Error).message}`, {cause: error});
  }
}
