import {type Address, requestJson, requestStream} from './request.js';

export interface AuthorityView {
  readonly id: string;
  /** `issuing`: the platform's own for this tenant; `customer`: one that the tenant brought. */
  readonly kind: 'issuing' | 'customer';
  /** `pending` until the possession of its key is proved. */
  readonly state: 'active' | 'pending';
  readonly subject: string;
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notAfter: string;
  /** What the proof of a pending one has to be named. */
  readonly code: string | null;
  /** PEM. */
  readonly certificate: string;
}

/** The authorities whose certificates a tenant's devices may have. */
export class AuthorityApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async list(): Promise<{items: AuthorityView[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/authorities')) as {items: AuthorityView[]};
  }

  /** `certificate` is PEM. */
  async add(certificate: string): Promise<AuthorityView> {
    return (await requestJson(this.#address, 'POST', '/v1/authorities', {
      body: {certificate},
    })) as AuthorityView;
  }

  /** `proof` is a certificate named as the code and signed by the authority, in PEM. */
  async verify(id: string, proof: string): Promise<AuthorityView> {
    return (await requestJson(this.#address, 'POST', `${pathOf(id)}/verify`, {
      body: {proof},
    })) as AuthorityView;
  }

  async remove(id: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', pathOf(id));
  }

  /** Certificates that are revoked (RFC 5280, 5), in PEM. */
  async revocationList(): Promise<string> {
    let pem = '';
    for await (const piece of requestStream(this.#address, '/v1/authorities/crl', {})) pem += piece;
    return pem;
  }
}

const pathOf = (id: string): string => `/v1/authorities/${encodeURIComponent(id)}`;
