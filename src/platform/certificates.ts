/** The platform's authority and its server certificate: made at the first start that needs them, renewed at later ones. */
import {readFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {IotctlError} from '../domain/errors.js';
import {fingerprintSha256} from '../pki/describe.js';
import {serverRenewalReason} from '../pki/server-renewal.js';
import {writeDurably} from './key-folder.js';

export interface TlsOptions {
  /** PEM files of a certificate, with its chain, and its key; without them the platform makes its own. */
  readonly own?: {readonly certificateFile: string; readonly keyFile: string} | undefined;
  /** Names and addresses beside the host and this machine's own that clients may use. */
  readonly names: readonly string[];
}

export interface ServerTls {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** What clients have to trust: absent where the certificate is someone else's. */
  readonly authority: {readonly file: string; readonly fingerprint: string} | undefined;
  readonly names: readonly string[];
}

interface Pair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export class Certificates {
  readonly #folder: string;
  #root: Promise<Pair> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The authority that signs this platform's certificate and the authorities of its tenants. */
  readonly root = (): Promise<Pair> => {
    this.#root ??= this.#kept('ca', async () => {
      // Making certificates loads much that checking them does not need.
      const {createRootAuthority} = await import('../pki/authority.js');
      return await createRootAuthority({name: `iotctl ${hostname()}`, nowMs: Date.now()});
    });
    return this.#root;
  };

  /** Throws `IOT_INPUT_INVALID` naming a file that cannot be used. */
  async server(host: string, {own, names: more}: TlsOptions): Promise<ServerTls> {
    const names = [...new Set([host, 'localhost', '127.0.0.1', '::1', hostname(), ...more])].filter(isName);
    if (own) return {...ownPair(own), authority: undefined, names};
    const root = await this.root();
    const file = join(this.#folder, 'ca.crt');
    const authority = {file, fingerprint: fingerprintSha256(root.certificatePem)};
    return {...(await this.#serverPair(root, names)), authority, names};
  }

  async #serverPair(root: Pair, names: readonly string[]): Promise<Pair> {
    const present = this.#read('server');
    const now = {rootPem: root.certificatePem, names, nowMs: Date.now()};
    if (present && serverRenewalReason(present.certificatePem, now) === undefined) return present;
    const {issueServerCertificate} = await import('../pki/server-certificate.js');
    const made = await issueServerCertificate(root, {names, nowMs: now.nowMs});
    // The authority goes along, so that a client can pin its fingerprint.
    const pair = {...made, certificatePem: `${made.certificatePem.trim()}\n${root.certificatePem}`};
    this.#write('server', pair);
    return pair;
  }

  async #kept(name: string, make: () => Promise<Pair>): Promise<Pair> {
    const present = this.#read(name);
    if (present) return present;
    const made = await make();
    this.#write(name, made);
    return made;
  }

  #read(name: string): Pair | undefined {
    try {
      return {
        certificatePem: readFileSync(join(this.#folder, `${name}.crt`), 'utf8'),
        keyPem: readFileSync(join(this.#folder, `${name}.key`), 'utf8'),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The certificate last: where it is, its key is. */
  #write(name: string, {certificatePem, keyPem}: Pair): void {
    writeDurably(join(this.#folder, `${name}.key`), keyPem);
    writeDurably(join(this.#folder, `${name}.crt`), certificatePem);
  }
}

/** Addresses that stand for all of this machine's are no names. */
const isName = (name: string): boolean => name !== '0.0.0.0' && name !== '::';

function ownPair({certificateFile, keyFile}: {certificateFile: string; keyFile: string}): Pair {
  try {
    return {certificatePem: readFileSync(certificateFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8')};
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `cannot read the certificate: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
