/** Whose door it is: what limits and bans take for one peer. */
import {isIP} from 'node:net';

/** `192.0.2.7:1234` → `192.0.2.7`: without the port, IPv4 as such, and of IPv6 the network that one customer has (/64). */
export function addressOf(remote: string): string {
  const host = remote.slice(0, remote.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
  if (mapped !== undefined) return mapped;
  return isIP(host) === 6 ? networkOf(host) : host;
}

export const isLoopbackAddress = (address: string): boolean =>
  address.startsWith('127.') || address === '::1' || address === '0:0:0:0::/64';

function networkOf(address: string): string {
  if (address === '::1') return address;
  const [head = '', tail] = address.toLowerCase().split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({length: zeros}, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
