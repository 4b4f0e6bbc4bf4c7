/** The URLs of brokers: which there are, and how they are shown. */
import {IotctlError} from '../domain/errors.js';

const SCHEMES: readonly string[] = ['mqtt:', 'mqtts:', 'ws:', 'wss:'];

/** Gives the URL back. Throws `IOT_USAGE` for what is not a broker's. */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && SCHEMES.includes(url.protocol) && url.hostname !== '') return text;
  throw new IotctlError(
    'IOT_USAGE',
    `not a broker's URL: ${JSON.stringify(text)}; write mqtt://, mqtts://, ws:// or wss:// and a host`,
  );
}

/** The URL without the password it may hold. */
export function shownUrl(text: string): string {
  const url = new URL(text);
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}
