/** Addresses that are somebody else's on the Internet: what a platform may call without reaching into its own network. */
import {BlockList, isIP} from 'node:net';

/** Special purposes by the registries of IANA (RFC 6890): this host, private, shared, link-local, documentation, multicast, … */
const SPECIAL: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
];

const special = new BlockList();
for (const [address, prefix] of SPECIAL)
  special.addSubnet(address, prefix, isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** False for what is no address at all. An IPv4 address within an IPv6 one counts as what it is. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const version = isIP(mapped);
  if (version === 0 || /^::ffff:/i.test(mapped)) return false;
  return !special.check(mapped, version === 4 ? 'ipv4' : 'ipv6');
}
