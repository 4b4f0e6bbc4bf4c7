/** What becomes of devices that are there. */
import type {Device} from '../domain/device.js';
import {type Address, requestJson} from './request.js';

export type LifeVerb =
  | 'disable'
  | 'enable'
  | 'maintain'
  | 'quarantine'
  | 'release'
  | 'reset-health'
  | 'disown'
  | 'retire'
  | 'purge';

/** A null takes that entry away. */
export interface DeviceChanges {
  readonly model?: string | null;
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly metadata?: Readonly<Record<string, string | null>>;
  readonly components?: Readonly<Record<string, {readonly model: string | null} | null>>;
  readonly via?: readonly string[];
}

/** `ifVersion`: what the caller saw; the change fails with `IOT_DEVICE_CHANGED` where it is another by now. */
export class LifeApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async step(
    verb: LifeVerb,
    id: string,
    {reason, ifVersion}: {reason?: string | undefined; ifVersion?: number | undefined} = {},
  ): Promise<Device> {
    const body = reason === undefined ? {} : {reason};
    return (await requestJson(this.#address, 'POST', `${pathOf(id)}/${verb}`, {
      body,
      headers: ifMatch(ifVersion),
    })) as Device;
  }

  async update(
    id: string,
    changes: DeviceChanges,
    {ifVersion}: {ifVersion?: number | undefined} = {},
  ): Promise<Device> {
    return (await requestJson(this.#address, 'PATCH', pathOf(id), {
      body: changes,
      headers: ifMatch(ifVersion),
    })) as Device;
  }
}

const pathOf = (id: string): string => `/v1/devices/${encodeURIComponent(id)}`;

const ifMatch = (version: number | undefined): Record<string, string> =>
  version === undefined ? {} : {'if-match': `"${version}"`};
