/** Puts a device of a real registry into a state, as administration does. */
import type {DeviceColumns} from '../../src/registry/device-changes.js';
import type {Registry} from '../../src/registry/registry.js';

export async function setDevice(registry: Registry, id: string, columns: DeviceColumns, tenant = 'default') {
  const before = await registry.devices.get(tenant, id);
  const change = {fields: Object.keys(columns), by: 'test', nowMs: Date.now()};
  return await registry.deviceChanges.apply(before, columns, change);
}
