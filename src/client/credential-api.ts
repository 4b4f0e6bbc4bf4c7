import type {CredentialKind, CredentialView} from '../domain/credential.js';
import {type Address, requestJson} from './request.js';

export interface WantedCredential {
  readonly kind: CredentialKind;
  /** RFC 3339. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly password?: string;
  /** PEM (RFC 2986), for a certificate. */
  readonly csr?: string;
  readonly certificateDays?: number;
}

/** What is secret in it is in this answer only. */
export interface IssuedCredential {
  readonly credential: CredentialView;
  readonly username: string;
  readonly secret?: string;
  /** Base64, of kind `token`. */
  readonly key?: string;
  readonly keyId?: string;
  /** PEM, of kind `x509`. */
  readonly certificate?: string;
  readonly chain?: string;
}

export interface RotatedCredential extends IssuedCredential {
  /** The others of that kind, which end after the grace. */
  readonly replaced: readonly CredentialView[];
}

/** What devices prove themselves with. */
export class CredentialApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async list(device: string): Promise<{items: CredentialView[]}> {
    return (await requestJson(this.#address, 'GET', pathOf(device))) as {items: CredentialView[]};
  }

  async issue(device: string, wanted: WantedCredential): Promise<IssuedCredential> {
    return (await requestJson(this.#address, 'POST', pathOf(device), {body: wanted})) as IssuedCredential;
  }

  async revoke(device: string, id: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', `${pathOf(device)}/${encodeURIComponent(id)}`);
  }

  async rotate(device: string, wanted: WantedCredential & {graceMs: number}): Promise<RotatedCredential> {
    const path = `/v1/devices/${encodeURIComponent(device)}/rotate`;
    return (await requestJson(this.#address, 'POST', path, {body: wanted})) as RotatedCredential;
  }
}

const pathOf = (device: string): string => `/v1/devices/${encodeURIComponent(device)}/credentials`;
