/** The names that a server's certificate can carry, and their one way of writing (RFC 6125, 6.4; RFC 5952). */
import {isIP, SocketAddress} from 'node:net';
import {IotctlError} from '../domain/errors.js';

export interface ServerName {
  readonly type: 'dns' | 'ip';
  /** Lower case; an IPv6 address in its shortest form. */
  readonly value: string;
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const HOST_LENGTH_MAX = 253;

/** Throws `IOT_INPUT_INVALID` for anything but an IPv4 or IPv6 address or a host name; so for a wildcard too. */
export function parseServerName(text: string): ServerName {
  const name = text.toLowerCase();
  if (isIP(name) !== 0 && !name.includes('%')) return {type: 'ip', value: shortestAddress(name)};
  if (isHostName(name)) return {type: 'dns', value: name};
  throw new IotctlError(
    'IOT_INPUT_INVALID',
    `not a host name or an IP address: ${JSON.stringify(text.slice(0, 260))}`,
  );
}

/** Each name once, however it was written. Throws as `parseServerName` does. */
export const parseServerNames = (names: readonly string[]): ServerName[] => [
  ...new Map(names.map(parseServerName).map(name => [name.value, name])).values(),
];

/** The shortest form of an IPv6 address; certificates are printed with the longest. */
export const shortestAddress = (address: string): string =>
  isIP(address) === 6 ? new SocketAddress({address, family: 'ipv6'}).address : address;

function isHostName(name: string): boolean {
  const labels = name.split('.');
  // A last label of digits alone would make the name look like an address (RFC 3696, 2).
  return (
    name.length <= HOST_LENGTH_MAX &&
    labels.every(label => LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1)!)
  );
}
