/** What failed, in plain words, and what to do about it. */
import {Refusal, Unreachable} from './api.js';

/** @typedef {{title: string, todo: string}} Words */

/** What the page calls the parts of a request. @type {Readonly<Record<string, string>>} */
const FIELDS = {device: 'Name of the device', serial: 'Serial number', labels: 'Site'};

/** @type {Readonly<Record<string, (detail: string) => Words>>} */
const BY_CODE = {
  IOT_REQUEST_INVALID: detail => ({
    title: 'Something here cannot be right.',
    todo: `Check what you typed. ${detail.replace(/^body\/(\w+)\S*/, (all, field) => `${FIELDS[field] ?? all}:`)}.`,
  }),
  IOT_FORBIDDEN: detail => ({
    title: 'You may not do this here.',
    todo: `Ask an administrator for the role “technician” for this place. (${detail})`,
  }),
  IOT_TENANT_SUSPENDED: detail => ({
    title: 'This tenant is suspended.',
    todo: `No device can be connected until its administrator has settled that: ${detail}.`,
  }),
  IOT_DEVICE_OWNED: () => ({
    title: 'That device belongs to somebody already.',
    todo: 'Its owner has to let go of it first. Check the name, or leave it empty for a new device.',
  }),
  IOT_DEVICE_UNKNOWN: () => ({
    title: 'That device is not one of yours.',
    todo: 'Check its name, or leave it empty for a new device.',
  }),
  IOT_DEVICE_RETIRED: () => ({
    title: 'That device was retired.',
    todo: 'A retired device does not come back. Choose another name.',
  }),
  IOT_MODEL_UNKNOWN: () => ({
    title: 'That kind of device is not there any more.',
    todo: 'Load this page again, and choose another one.',
  }),
  IOT_QUOTA_EXCEEDED: detail => ({
    title: 'This tenant has as many as it may have.',
    todo: `Ask the platform’s administrator for more. (${detail})`,
  }),
  IOT_BANNED: () => ({
    title: 'This address is kept out for a while.',
    todo: 'Wait, or ask an administrator to lift the ban.',
  }),
  IOT_HOST_REFUSED: () => ({
    title: 'The platform does not answer under this address.',
    todo: 'Use the address that was given to you, exactly as it is.',
  }),
  IOT_PART_UNAVAILABLE: () => ({
    title: 'The platform is busy or not well.',
    todo: 'Try again in a moment. If it stays so, tell its administrator.',
  }),
  IOT_DISK_FULL: () => ({
    title: 'The platform has no space left.',
    todo: 'Tell its administrator; it goes on by itself once there is some.',
  }),
};

/**
 * @param {unknown} error
 * @returns {Words}
 */
export function inPlainWords(error) {
  if (error instanceof Unreachable)
    return {
      title: 'The platform does not answer.',
      todo: 'Check that this phone is in the right network, then try again.',
    };
  if (!(error instanceof Refusal))
    return {title: 'Something went wrong on this page.', todo: 'Load the page again.'};
  if (error.status === 429)
    return {
      title: 'Too many tries.',
      todo: `Wait ${inWords(error.waitSec ?? 60)}, then try again.`,
    };
  const known = Object.hasOwn(BY_CODE, error.code) ? BY_CODE[error.code] : undefined;
  if (known) return known(error.message);
  return error.status >= 500
    ? {
        title: 'The platform failed.',
        todo: `Try again; if it stays so, tell its administrator. (${error.code})`,
      }
    : {title: 'The platform did not take this.', todo: `${error.message} (${error.code})`};
}

/** @param {number} seconds */
const inWords = seconds =>
  seconds < 90 ? `${seconds} second${seconds === 1 ? '' : 's'}` : `${Math.ceil(seconds / 60)} minutes`;

/** Is it the session that ended, and not what was asked for? @param {unknown} error */
export const isSessionEnd = error => error instanceof Refusal && error.status === 401;

/** Is there no use in trying anything else here? @param {unknown} error */
export const isClosed = error => error instanceof Refusal && error.code === 'IOT_TENANT_SUSPENDED';
