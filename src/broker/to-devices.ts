/** What is for devices that are here: commands, and errors; by a connection of their own or that of a field gateway. */
import {devicePrefix, filterMatches, gatewayPrefix} from '../domain/topic.js';
import type {Connection} from './connection.js';
import type {CommandDelivery, DeviceError, GatewayListener} from './gateway-contract.js';
import type {Presence} from './presence.js';

export class ToDevices {
  readonly #presence: Presence;
  readonly #commandReady: GatewayListener['commandReady'];

  constructor(presence: Presence, commandReady: GatewayListener['commandReady']) {
    this.#presence = presence;
    this.#commandReady = commandReady;
  }

  /** By its own connection, or by that of a field gateway. */
  deliver({tenant, device, via, id, name, payload}: CommandDelivery): 'sent' | 'offline' {
    const own = `${devicePrefix(tenant, device)}cmd/${id}/${name}`;
    for (const {downlink} of this.#presence.of(tenant, device))
      if (downlink.sendCommand(id, own, payload)) return 'sent';
    for (const gateway of via) {
      const topic = `${gatewayPrefix(tenant, gateway)}d/${device}/cmd/${id}/${name}`;
      for (const connection of this.#presence.of(tenant, gateway))
        if (connection.mayReceive(topic) && connection.downlink.sendCommand(id, topic, payload))
          return 'sent';
    }
    return 'offline';
  }

  /** By its own connection, and by those of field gateways that carry it; lost where there is none. */
  tellError({tenant, device, via, topic, code, detail}: DeviceError): void {
    const tell = (name: string, prefix: string): void => {
      for (const connection of this.#presence.of(tenant, name))
        connection.downlink.tellError(prefix, {topic: connection.named(prefix + topic), code, detail});
    };
    tell(device, devicePrefix(tenant, device));
    for (const gateway of via) tell(gateway, `${gatewayPrefix(tenant, gateway)}d/${device}/`);
  }

  /** Commands can be delivered now: to the device itself, and to those that it is the gateway of. */
  subscribed({identity}: Connection, filters: readonly string[]): void {
    if (identity?.kind !== 'device') return;
    const {tenant, device, children} = identity;
    const hears = (topic: string): boolean => filters.some(filter => filterMatches(filter, topic));
    if (hears(`${devicePrefix(tenant, device)}cmd/0/any`)) this.#commandReady({tenant, device});
    for (const child of children?.keys() ?? [])
      if (hears(`${gatewayPrefix(tenant, device)}d/${child}/cmd/0/any`))
        this.#commandReady({tenant, device: child});
  }
}
