/** Who goes on with what somebody began to send. */
import {nameOf, type Origin} from './origin.js';

const isDevice = (name: string): boolean => name.startsWith('device:');

/** People of a tenant go on with what others of them began; a device only with its own, and nobody else with that. */
export function mayGoOn(origin: Origin, createdBy: string): boolean {
  const name = nameOf(origin);
  return createdBy === name || ![createdBy, name].some(isDevice);
}
