/** Who has to hear that a device changed: its own connections, and those of the gateways that speak for it. */
import {type Device, mayConnect} from '../domain/device.js';
import type {IdentityNews} from './news.js';

export function tellOfDevice(
  news: IdentityNews,
  device: Pick<Device, 'tenant' | 'id' | 'lifecycle' | 'adminState'>,
  gateways: readonly string[],
): void {
  const {tenant, id} = device;
  news.identity({tenant, name: id, usable: mayConnect(device)});
  for (const name of new Set(gateways)) news.identity({tenant, name, usable: true});
}
