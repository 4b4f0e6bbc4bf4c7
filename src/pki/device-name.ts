/** The device that a certificate names, once its signature is known to be good; or, in words, why it names none. */
import type {X509Certificate} from 'node:crypto';
import {isDeviceId} from '../domain/ids.js';
import {parseDeviceUrn} from './device-urn.js';
import {alternativeNames, commonName, oneLine} from './names.js';

export interface DeviceName {
  readonly device: string;
  /** Undefined below a customer's authority, which knows nothing of it. */
  readonly generation: string | undefined;
}

/** Below the tenant's issuing authority: exactly one alternative name, a device's URN, that agrees with the subject. */
export function nameByPlatform(leaf: X509Certificate, tenant: string): DeviceName | string {
  const names = alternativeNames(leaf);
  const [name] = names;
  if (names.length !== 1 || name?.type !== 'URI')
    return `not one alternative name, a URI, but ${names.length}`;
  const urn = parseDeviceUrn(name.value);
  if (urn === undefined) return `the alternative name is no device’s: ${name.value}`;
  if (urn.tenant !== tenant)
    return `the certificate is of tenant ${urn.tenant}, its authority of tenant ${tenant}`;
  if (commonName(leaf) !== urn.device)
    return `the subject ${oneLine(leaf.subject)} is not device ${urn.device}`;
  return {device: urn.device, generation: urn.generation};
}

/** Below a customer's authority: the common name; a device's URN beside it must say the same. */
export function nameByCustomer(leaf: X509Certificate, tenant: string): DeviceName | string {
  const device = commonName(leaf);
  if (device === undefined || !isDeviceId(device))
    return `the subject ${oneLine(leaf.subject)} names no device`;
  const foreign = alternativeNames(leaf)
    .filter(({type, value}) => type === 'URI' && value.toLowerCase().startsWith('urn:iotctl:'))
    .map(({value}) => ({value, urn: parseDeviceUrn(value)}))
    .find(({urn}) => urn?.tenant !== tenant || urn.device !== device);
  if (foreign !== undefined) return `the alternative name is of another device: ${foreign.value}`;
  return {device, generation: undefined};
}
