/** Devices that come by HTTP: the same credential, envelope, limits and durability as by MQTT. */
import {IotctlError} from '../domain/errors.js';
import type {DeviceIdentity} from '../domain/identity.js';
import type {Quotas} from '../domain/tenant.js';
import {spokenBy} from './access.js';
import {CONNECT_ANSWERS, type Doorkeeper} from './doorkeeper.js';
import {eventOfPublish} from './event-of-publish.js';
import type {Ingest} from './ingest.js';
import {addressOf} from './limits/address.js';
import type {TenantLoads} from './limits/tenant-loads.js';
import type {ModelChecks} from './model-checks.js';
import type {CredentialUse} from './tellings.js';

/** What a device that comes by HTTP proves itself with. */
export interface DeviceLogin {
  readonly username: string;
  readonly secret: string;
  readonly address: string;
}

export interface HttpIngest extends DeviceLogin {
  readonly component: string;
  readonly payload: Uint8Array;
}

export interface HttpDoorParts {
  readonly doorkeeper: Doorkeeper;
  readonly loads: TenantLoads;
  readonly ingest: Ingest;
  readonly models: ModelChecks;
  readonly payloadBytesMax: number;
  readonly clock: () => number;
  readonly used: (use: CredentialUse) => void;
  readonly offer: (topic: string, payload: Buffer, qos: 0 | 1) => void;
}

export class HttpDoor {
  readonly #parts: HttpDoorParts;

  constructor(parts: HttpDoorParts) {
    this.#parts = parts;
  }

  /** Undefined when it is not let in. Throws `IOT_BANNED` or `IOT_RATE_LIMITED`. */
  async authenticate(login: DeviceLogin): Promise<DeviceIdentity | undefined> {
    return (await this.#admit(login))?.identity;
  }

  /** Answers with the event's offset once it is on disk. */
  async ingest({component, payload, ...login}: HttpIngest): Promise<number> {
    const {loads, ingest, models, payloadBytesMax, offer} = this.#parts;
    const admitted = await this.#admit(login);
    if (!admitted)
      throw new IotctlError('IOT_UNAUTHENTICATED', `${login.username || 'nobody'} was not let in`);
    const {identity, quotas} = admitted;
    if (payload.byteLength > payloadBytesMax)
      throw new IotctlError('IOT_PAYLOAD_TOO_LARGE', `payload of ${payload.byteLength} bytes`);
    loads.checkHttp({tenant: identity.tenant, quotas}, payload.byteLength);
    if (ingest.blockedBy) throw new IotctlError('IOT_DISK_FULL', ingest.blockedBy);
    const suffix = component === '' ? 'telemetry' : `telemetry/${component}`;
    const spoken = spokenBy(identity, `me/${suffix}`);
    if (!spoken || spoken.topic.kind === 'twin-get')
      throw new IotctlError('IOT_REQUEST_INVALID', `not a component: ${JSON.stringify(component)}`);
    const sender = {...spoken.sender, model: models.of(identity.tenant, identity.model)};
    const offset = await ingest.appendAsync(eventOfPublish(sender, spoken.topic, payload, Date.now()));
    offer(spoken.canonical, Buffer.from(payload), 1);
    return offset;
  }

  async #admit({
    username,
    secret,
    address,
  }: DeviceLogin): Promise<{identity: DeviceIdentity; quotas: Quotas} | undefined> {
    const {doorkeeper, clock, used} = this.#parts;
    const from = addressOf(`${address}:0`);
    const admission = await doorkeeper.admit({username, password: Buffer.from(secret), clientId: ''}, from);
    if (!admission.ok) {
      if (admission.answer === CONNECT_ANSWERS.banned)
        throw new IotctlError('IOT_BANNED', admission.reason, {retryAfterSec: admission.retryAfterSec});
      if (admission.answer === CONNECT_ANSWERS.busy)
        throw new IotctlError('IOT_RATE_LIMITED', admission.reason, {retryAfterSec: 1});
      return undefined;
    }
    const {identity, credentialId, quotas} = admission;
    if (credentialId !== undefined) used({credentialId, atMs: clock(), address: from});
    return identity.kind === 'device' ? {identity, quotas} : undefined;
  }
}
