/** Answers the gateway: who has this MQTT user name, and what does it take to believe it? */
import {deviceScope} from '../domain/access.js';
import type {DeviceIdentity, GroupKey, ServiceIdentity, TenantFacts} from '../domain/identity.js';
import {accessOf, mayAct} from './callers.js';
import {Credentials} from './credentials.js';
import {DeviceGateways} from './device-gateways.js';
import {modelOf} from './device-row.js';
import {Devices} from './devices.js';
import {GroupKeys} from './group-keys.js';
import type {TokenRow} from './tables/tenants.js';
import {Tenants} from './tenants.js';
import {Tokens} from './tokens.js';
import type {Database} from './transact.js';
import type {Vault} from './vault.js';

export interface IdentityRequest {
  readonly tenant: string;
  readonly name: string;
  /** A client id that may be the name of another device; empty where it cannot. */
  readonly claimed: string;
}

export interface IdentityAnswer {
  readonly tenant: TenantFacts | undefined;
  readonly device: DeviceIdentity | undefined;
  readonly service: ServiceIdentity | undefined;
  /** Is the claimed client id the name of another device of that tenant? */
  readonly claimedByOther: boolean;
}

const NOBODY: IdentityAnswer = {
  tenant: undefined,
  device: undefined,
  service: undefined,
  claimedByOther: false,
};

export class Identities {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** An answer for each request, in the order of the requests; a few statements, however many are asked for. */
  async lookUp(requests: readonly IdentityRequest[]): Promise<IdentityAnswer[]> {
    const answers = new Map<IdentityRequest, IdentityAnswer>();
    for (const tenant of new Set(requests.map(request => request.tenant))) {
      const asked = requests.filter(request => request.tenant === tenant);
      const facts = await new Tenants(this.#database).facts(tenant);
      if (facts) await this.#answer(tenant, facts, asked, answers);
    }
    return requests.map(request => answers.get(request) ?? NOBODY);
  }

  async device(tenant: string, id: string): Promise<DeviceIdentity | undefined> {
    return (await this.#devices(tenant, [id])).get(id);
  }

  async service(tenant: string, name: string): Promise<ServiceIdentity | undefined> {
    const row = await new Tokens(this.#database).find(tenant, name);
    return row && (await this.#serviceOf(row));
  }

  async #answer(
    tenant: string,
    facts: TenantFacts,
    asked: readonly IdentityRequest[],
    answers: Map<IdentityRequest, IdentityAnswer>,
  ): Promise<void> {
    const names = [...new Set(asked.map(({name}) => name))];
    const claims = [...new Set(asked.map(({claimed}) => claimed).filter(claimed => claimed !== ''))];
    const devices = await this.#devices(tenant, names);
    const services = await this.#services(tenant, names);
    const others =
      claims.length === 0 ? undefined : await new Devices(this.#database).present(tenant, claims);
    for (const request of asked) {
      answers.set(request, {
        tenant: facts,
        device: devices.get(request.name),
        service: services.get(request.name),
        claimedByOther: others?.has(request.claimed) ?? false,
      });
    }
  }

  async #devices(tenant: string, ids: readonly string[]): Promise<Map<string, DeviceIdentity>> {
    const rows = await new Devices(this.#database).present(tenant, ids);
    if (rows.size === 0) return new Map();
    const credentials = await new Credentials(this.#database, this.#vault).storedOf(tenant, [...rows.keys()]);
    const children = await new DeviceGateways(this.#database).childrenOf(tenant, [...rows.keys()]);
    const groupKeys: readonly GroupKey[] = await new GroupKeys(this.#database, this.#vault).open(tenant);
    return new Map(
      [...rows].map(([id, row]) => [
        id,
        {
          kind: 'device',
          tenant,
          device: id,
          generation: row.generation,
          lifecycle: row.lifecycle,
          adminState: row.admin_state,
          credentials: credentials.get(id) ?? [],
          // Whose owner let go of it proves itself with what is its own: another owner's claim gives it that.
          groupKeys: row.released_ms === null ? groupKeys : [],
          isReleased: row.released_ms !== null,
          children: children.get(id),
          model: modelOf(row),
        },
      ]),
    );
  }

  async #services(tenant: string, names: readonly string[]): Promise<Map<string, ServiceIdentity>> {
    const services = new Map<string, ServiceIdentity>();
    for (const row of await new Tokens(this.#database).named(tenant, names)) {
      const service = await this.#serviceOf(row);
      if (service) services.set(row.name, service);
    }
    return services;
  }

  async #serviceOf(row: TokenRow): Promise<ServiceIdentity | undefined> {
    if (!(await mayAct(this.#database, row))) return undefined;
    const access = await accessOf(this.#database, row);
    const scope = deviceScope(access, 'event:read');
    return {
      kind: 'service',
      tenant: row.tenant,
      name: row.name,
      secret: {saltHex: row.salt, hashHex: row.hash},
      expiresMs: row.expires_ms ?? Number.MAX_SAFE_INTEGER,
      topics: JSON.parse(row.topics) as string[],
      access,
      // Who may not read at all is refused before anyone asks for a device.
      devices:
        scope === 'all' || scope.length === 0
          ? 'all'
          : new Set(await new Devices(this.#database).idsIn(row.tenant, scope)),
    };
  }
}
