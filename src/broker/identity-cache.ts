/** Identities as the registry knows them: asked for once, and kept until the registry says that they changed. */
import type {DeviceIdentity, ServiceIdentity, TenantFacts} from '../domain/identity.js';

/** Asks the registry. `claimed` is a client id, to learn whether it is the name of another device. */
export type LookUp = (request: LookUpRequest) => Promise<LookUpAnswer>;

export interface LookUpRequest {
  readonly tenant: string;
  readonly name: string;
  readonly claimed: string;
}

export interface LookUpAnswer {
  /** Undefined: there is no such tenant. */
  readonly tenant: TenantFacts | undefined;
  readonly device: DeviceIdentity | undefined;
  readonly service: ServiceIdentity | undefined;
  readonly claimedByOther: boolean;
}

/** Identities kept at once; beyond it the oldest is looked up anew. */
const ENTRIES_MAX = 100_000;

export class IdentityCache {
  readonly #lookUp: LookUp;
  readonly #answers = new Map<string, Map<string, LookUpAnswer>>();
  #size = 0;
  /** Grows with each invalidation. */
  #version = 0;

  constructor(lookUp: LookUp) {
    this.#lookUp = lookUp;
  }

  async find(request: LookUpRequest): Promise<LookUpAnswer> {
    const {tenant, name, claimed} = request;
    const known = claimed === '' ? this.#answers.get(tenant)?.get(name) : undefined;
    if (known) return known;
    const version = this.#version;
    const answer = await this.#lookUp(request);
    // Something was revoked meanwhile: what was asked for before it says nothing any more.
    if (version !== this.#version) return await this.find(request);
    if (claimed === '') this.#keep(tenant, name, answer);
    return answer;
  }

  invalidate(tenant: string, name: string): void {
    this.#version++;
    if (this.#answers.get(tenant)?.delete(name)) this.#size--;
  }

  invalidateTenant(tenant: string): void {
    this.#version++;
    this.#size -= this.#answers.get(tenant)?.size ?? 0;
    this.#answers.delete(tenant);
  }

  #keep(tenant: string, name: string, answer: LookUpAnswer): void {
    if (this.#size >= ENTRIES_MAX) this.#forgetOldest();
    const known = this.#answers.get(tenant) ?? new Map<string, LookUpAnswer>();
    if (!known.has(name)) this.#size++;
    this.#answers.set(tenant, known.set(name, answer));
  }

  #forgetOldest(): void {
    for (const [tenant, known] of this.#answers) {
      for (const name of known.keys()) {
        known.delete(name);
        this.#size--;
        if (known.size === 0) this.#answers.delete(tenant);
        return;
      }
    }
  }
}
