/** `--source`: the addresses of this machine from which connections are made, each with ephemeral ports of its own. */
import {createServer, isIP, isIPv6} from 'node:net';
import {IotctlError} from '../../domain/errors.js';

/** Far more than ports need: 4,096 addresses are 115 million connections. */
const ADDRESSES_MAX = 4096;

/**
 * Reads a list of addresses and ranges: `127.0.0.2-9`, `10.0.0.1-10.0.1.9`, `fd00::2-9`, `192.0.2.7,192.0.2.9`. Each address once.
 * The short end of a range is its last part: decimal for IPv4, hexadecimal for IPv6. Throws `IOT_USAGE`.
 */
export function parseSources(text: string): string[] {
  const addresses = new Set<string>();
  for (const part of text.split(',').map(each => each.trim())) {
    if (part === '') throw refused(text, 'is a list with nothing between two commas');
    for (const address of rangeOf(part)) {
      addresses.add(address);
      if (addresses.size > ADDRESSES_MAX) throw refused(text, `has more than ${ADDRESSES_MAX} addresses`);
    }
  }
  return [...addresses];
}

function* rangeOf(part: string): Generator<string> {
  const [from = '', to, ...more] = part.split('-');
  if (more.length > 0) throw refused(part, 'has more than one “-”');
  const family = isIP(from);
  if (family === 0) throw refused(part, `does not begin with an IP address: “${from}”`);
  const first = numberOf(from);
  const last = to === undefined ? first : endOf(part, from, to);
  if (last < first) throw refused(part, 'ends before it begins');
  for (let at = first; at <= last; at++) yield family === 4 ? ipv4Of(at) : ipv6Of(at);
}

/** `9` after `127.0.0.2-` is 127.0.0.9. */
function endOf(part: string, from: string, to: string): bigint {
  if (isIP(to) !== 0) {
    if (isIP(to) === isIP(from)) return numberOf(to);
    throw refused(part, 'mixes IPv4 and IPv6');
  }
  const six = isIPv6(from);
  const isPart = six ? /^[0-9a-f]{1,4}$/i.test(to) : /^\d{1,3}$/.test(to) && Number(to) <= 255;
  if (!isPart) throw refused(part, `does not end with an address or its last part: “${to}”`);
  const bits = six ? 16n : 8n;
  return ((numberOf(from) >> bits) << bits) | BigInt(six ? `0x${to}` : to);
}

function numberOf(address: string): bigint {
  if (!isIPv6(address)) return address.split('.').reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return groupsOf(address).reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** The eight groups of an IPv6 address; the URL parser writes out IPv4 in its end (RFC 5952, section 5). */
function groupsOf(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const split = (side: string): string[] => (side === '' ? [] : side.split(':'));
  if (tail === undefined) return split(head);
  const missing = 8 - split(head).length - split(tail).length;
  return [...split(head), ...Array<string>(missing).fill('0'), ...split(tail)];
}

const ipv4Of = (value: bigint): string => [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.');

function ipv6Of(value: bigint): string {
  const groups = Array.from({length: 8}, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** Rejects with `IOT_SOURCE_ADDRESS` and what to type unless connections can be made from each of them. */
export async function checkSources(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const code = await bindingError(address);
    if (code === undefined) continue;
    const why = code === 'EADDRNOTAVAIL' ? `no address of this machine: ${commandToAdd(address)}` : code;
    throw new IotctlError('IOT_SOURCE_ADDRESS', `--source ${address} is ${why}`);
  }
}

const bindingError = (address: string): Promise<string | undefined> =>
  new Promise(resolve => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(0, address, () => server.close(() => resolve(undefined)));
  });

function commandToAdd(address: string): string {
  if (process.platform === 'darwin') return `\`sudo ifconfig lo0 alias ${address}\` adds it`;
  return `\`sudo ip address add ${address}/${isIPv6(address) ? 128 : 32} dev lo\` adds it`;
}

const refused = (part: string, why: string): IotctlError =>
  new IotctlError(
    'IOT_USAGE',
    `--source ${part} ${why}; it takes 127.0.0.2-9, 10.0.0.1-10.0.1.9 or fd00::2-9`,
  );
