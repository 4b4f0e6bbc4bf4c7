import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {PeerCertificate} from '../../src/broker/authenticator.js';
import {Gateway} from '../../src/broker/gateway.js';
import type {GatewayOptions} from '../../src/broker/gateway-contract.js';
import {openSessionPersistence} from '../../src/broker/sessions/session-persistence.js';
import {hashSecret, NEVER_MS} from '../../src/domain/credential.js';
import type {AdminState, Lifecycle} from '../../src/domain/device.js';
import type {StoredEvent} from '../../src/domain/event.js';
import type {DeviceIdentity, ServiceIdentity, TenantFacts} from '../../src/domain/identity.js';
import type {ModelSpec} from '../../src/domain/model.js';
import {NO_QUOTAS} from '../../src/domain/tenant.js';
import {openStreamReader, openStreamWriter} from '../../src/stream/lmdb-stream.js';
import {until} from './deadline.js';
import {RawClient} from './raw-client.js';

export const DEVICE_SECRET = 'a-device-secret';
export const TOKEN_SECRET = 'iotctl_pat_an-application-secret';

export const deviceLogin = (device: string, tenant = 'default') => ({
  username: `${device}@${tenant}`,
  password: Buffer.from(DEVICE_SECRET),
});

export const serviceLogin = (name: string, tenant = 'default') => ({
  username: `${name}@${tenant}`,
  password: Buffer.from(TOKEN_SECRET),
});

/** What a test may choose of a gateway. */
type GatewayChanges = Partial<Pick<GatewayOptions, 'tls' | 'limits' | 'bans' | 'clock' | 'provision'>> & {
  /** Hears, beside the test, which devices want their desired documents, and which events matter. */
  twinWanted?(twin: {tenant: string; device: string}): void;
  notable?(offset: number): void;
  /** Changes what the registry knows before the gateway starts. */
  registry?(tables: {
    devices: Map<string, DeviceIdentity>;
    services: Map<string, ServiceIdentity>;
    tenants: Map<string, TenantFacts>;
    /** By `{tenant}/{name}@{version}`. */
    models: Map<string, ModelSpec>;
  }): void;
};

/**
 * Starts a real gateway on free loopback ports, with a real event stream and sessions in a folder of their own. The
 * registry is a table: devices `pump-7` and `pump-8` of tenants `default` and `other`, applications `app` and `reader`.
 */
export async function startGateway(
  folder?: string,
  limits: {queuedMessagesMax?: number} = {},
  options: GatewayChanges = {},
) {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'iotctl-gateway-')));
  const stream = await openStreamWriter(join(home, 'stream'));
  const reader = await openStreamReader(join(home, 'stream'));
  const sessions = openSessionPersistence(join(home, 'sessions'), {
    ...limits,
    onDropped: (sessionId, {topic}, reason) => gateway.messageDropped({sessionId, topic, reason}),
  });
  const devices = new Map<string, DeviceIdentity>();
  const services = new Map<string, ServiceIdentity>();
  const tenants = new Map<string, TenantFacts>();
  const models = new Map<string, ModelSpec>();
  const certificates = new Map<string, PeerCertificate>();
  for (const tenant of ['default', 'other']) {
    for (const device of ['pump-7', 'pump-8']) devices.set(`${tenant}/${device}`, deviceOf(tenant, device));
    services.set(`${tenant}/app`, serviceOf(tenant, 'app', false));
    services.set(`${tenant}/reader`, serviceOf(tenant, 'reader', true));
    tenants.set(tenant, {state: 'active', quotas: NO_QUOTAS});
  }
  options.registry?.({devices, services, tenants, models});
  const told = {
    ready: [] as string[],
    delivered: [] as string[],
    undelivered: [] as string[],
    wanted: [] as string[],
    faults: [] as string[],
    notable: [] as number[],
  };
  const gateway = new Gateway({
    host: '127.0.0.1',
    ports: options.tls ? {mqtt: 0, ws: 0, mqtts: 0, wss: 0} : {mqtt: 0, ws: 0},
    stream,
    sessions,
    identify: async leafDer =>
      certificates.get(leafDer.toString('base64')) ?? {ok: false, reason: 'certificate: unknown-authority'},
    ...options,
    provision: async question => options.provision?.(question) ?? {status: 404, code: 'IOT_CLAIM_UNKNOWN'},
    loadModel: async ({tenant, name, version}) => models.get(`${tenant}/${name}@${version}`),
    lookUp: async ({tenant, name, claimed}) => ({
      tenant: tenants.get(tenant),
      device: devices.get(`${tenant}/${name}`),
      service: services.get(`${tenant}/${name}`),
      claimedByOther: devices.has(`${tenant}/${claimed}`),
    }),
    listener: {
      notable: offset => {
        told.notable.push(offset);
        options.notable?.(offset);
      },
      commandReady: ({device}) => told.ready.push(device),
      delivered: ({id}) => told.delivered.push(id),
      undelivered: ({ids}) => told.undelivered.push(...ids),
      twinWanted: twin => {
        told.wanted.push(twin.device);
        options.twinWanted?.(twin);
      },
      fault: message => told.faults.push(message),
    },
  });
  const ports = await gateway.start();
  let stopped = false;

  return {
    gateway,
    stream,
    sessions,
    home,
    port: ports.mqtt!,
    wsPort: ports.ws!,
    tlsPort: ports.mqtts!,
    wssPort: ports.wss!,
    devices,
    services,
    tenants,
    certificates,
    told,

    connect: (fields: Record<string, unknown>, version: 3 | 4 | 5 = 4) =>
      RawClient.connect(ports.mqtt!, {...deviceLogin('pump-7'), ...fields}, version),
    open: (version: 3 | 4 | 5 = 4) => RawClient.open(ports.mqtt!, version),

    /** What the registry would do when a device is disabled or retired. */
    async revoke(
      device: string,
      state: {lifecycle?: Lifecycle; adminState?: AdminState} = {adminState: 'disabled'},
    ) {
      const key = `default/${device}`;
      devices.set(key, {...devices.get(key)!, ...state});
      await gateway.standing.identityChanged({tenant: 'default', name: device, usable: false});
    },

    async events(): Promise<StoredEvent[]> {
      return await reader.read(reader.first(), 100_000);
    },

    /** Waits for an event of that type, and for as many. */
    async event(type: string, count = 1): Promise<StoredEvent> {
      let found: StoredEvent[] = [];
      await until(async () => {
        found = (await reader.read(0, 100_000)).filter(event => event.type === type);
        return found.length >= count;
      }, `${count} events of type ${type}`);
      return found.at(-1)!;
    },

    async stop() {
      if (stopped) return;
      stopped = true;
      await gateway.close();
      await sessions.destroy();
      await stream.close();
      await reader.close();
    },

    async [Symbol.asyncDispose]() {
      await this.stop();
      if (folder === undefined) await rm(home, {recursive: true, force: true});
    },
  };
}

const deviceOf = (tenant: string, device: string): DeviceIdentity => ({
  kind: 'device',
  tenant,
  device,
  generation: '1',
  lifecycle: 'active',
  adminState: 'enabled',
  credentials: [
    {kind: 'secret', id: '1', notBeforeMs: 0, notAfterMs: NEVER_MS, ...hashSecret(DEVICE_SECRET)},
  ],
  groupKeys: [],
});

const serviceOf = (tenant: string, name: string, readTelemetry: boolean): ServiceIdentity => ({
  kind: 'service',
  tenant,
  name,
  secret: hashSecret(TOKEN_SECRET),
  expiresMs: Number.MAX_SAFE_INTEGER,
  topics: ['x/#'],
  access: {tenant, grants: readTelemetry ? [{role: 'viewer', selector: null}] : [], scopes: null},
  devices: 'all',
});
