/** The identity that a device's certificate carries: `urn:iotctl:{tenant}:{device}:{generation}`. */
import {isDeviceId, isTenantId} from '../domain/ids.js';

export interface CertifiedDevice {
  readonly tenant: string;
  readonly device: string;
  /** Of the device that the certificate was made for; a device created anew under the same id has another. */
  readonly generation: string;
}

/** A device id can hold colons, a tenant id and a generation cannot: the first and the last colon are the borders. */
const DEVICE_URN = /^urn:iotctl:([^:]+):(.+):([^:]+)$/;
const GENERATION = /^[A-Za-z0-9-]{1,64}$/;

export const isGeneration = (text: string): boolean => GENERATION.test(text);

export const deviceUrn = ({tenant, device, generation}: CertifiedDevice): string =>
  `urn:iotctl:${tenant}:${device}:${generation}`;

/** Undefined when the text is not such a name, to the letter. */
export function parseDeviceUrn(text: string): CertifiedDevice | undefined {
  const [, tenant = '', device = '', generation = ''] = DEVICE_URN.exec(text) ?? [];
  if (!isTenantId(tenant) || !isDeviceId(device) || !isGeneration(generation)) return undefined;
  return {tenant, device, generation};
}
