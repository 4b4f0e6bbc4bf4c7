/** What administration needs of the gateway and the store, as calls to their threads. */
import type {GatewayBans} from '../admin/ban-admin.js';
import type {DeviceData} from '../admin/life-admin.js';
import type {IdentityNews} from '../admin/news.js';
import type {TenantHistory} from '../admin/retention-admin.js';
import type {TenantData} from '../admin/tenant-admin.js';
import type {DeviceError} from '../broker/gateway-contract.js';
import type {RefusedReport} from '../control/twin-reports.js';
import type {ErrorCode} from '../domain/errors.js';
import type {GatewayOffers} from './gateway-offers.js';
import type {Part} from './part.js';
import type {StoreOffers} from './store-offers.js';

type Gateway = Part<GatewayOffers, unknown>;
type Store = Part<StoreOffers, unknown>;

/** `onTenant` hears of tenants too. */
export const gatewayNews = (gateway: Gateway, onTenant: () => void): IdentityNews => ({
  identity: change => gateway.port.notify('identityChanged', change),
  tenant(change) {
    gateway.port.notify('tenantChanged', change);
    onTenant();
  },
  authorities: ({tenant}) => gateway.port.notify('tenantChanged', {tenant, usable: false}),
  devices: change => gateway.port.notify('devicesChanged', change),
  twins: patches => gateway.port.notify('twinPatches', patches),
});

/** What the device reads on its `error` topic. */
export const deviceErrorOf = (report: RefusedReport): DeviceError => ({
  ...report,
  topic: 'twin/reported',
  code: 'IOT_TWIN_LIMIT' satisfies ErrorCode,
});

export const gatewayBans = (gateway: Gateway): GatewayBans => ({
  list: () => gateway.port.call('bans', undefined),
  add: ban => gateway.port.call('ban', ban),
  remove: id => gateway.port.call('unban', id),
});

export const tenantHistory = (store: Store): TenantHistory => ({
  retain: (tenant, request) => store.port.call('retain', {tenant, ...request}),
  verifyArchive: tenant => store.port.call('verifyArchive', tenant),
});

export const tenantData = (
  gateway: Gateway,
  store: Store,
  consumers: {bytes(tenant: string): Promise<number>; eraseTenant(tenant: string): Promise<void>},
): TenantData & DeviceData => ({
  async usage(tenant) {
    const [live, storedBytes, writtenBytes] = await Promise.all([
      gateway.port.call('usage', tenant),
      store.port.call('storageBytes', tenant),
      consumers.bytes(tenant),
    ]);
    return {...live, storageBytes: storedBytes + writtenBytes};
  },
  async eraseDevice(tenant, device) {
    await store.port.call('eraseDevice', {tenant, device});
  },
  async erase(tenant) {
    await Promise.all([
      gateway.port.call('forgetTenant', tenant),
      store.port.call('erase', tenant),
      consumers.eraseTenant(tenant),
    ]);
  },
});
