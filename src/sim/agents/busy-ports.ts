/** Which ports of this machine connections of now and of the last minute keep (Linux: /proc/net/tcp, /proc/net/tcp6). */
import {readFile} from 'node:fs/promises';

/** One line of the kernel's table, with addresses as it writes them. */
export interface TcpEntry {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly waiting: boolean;
}

/** TCP_TIME_WAIT of the kernel's include/net/tcp_states.h. */
const TIME_WAIT = '06';

/** Undefined where the kernel has no such table. */
export async function readTcpTable(): Promise<TcpEntry[] | undefined> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map(path => readFile(path, 'latin1').catch(() => '')),
  );
  const entries = tables.flatMap(parseTcpTable);
  return tables[0] === '' ? undefined : entries;
}

/** Reads the lines `sl local_address rem_address st …` of proc(5). */
export function parseTcpTable(text: string): TcpEntry[] {
  return [
    ...text.matchAll(/^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2})/gm),
  ].map(([, local, localPort, remote, remotePort, state]) => ({
    localAddress: addressOf(local!),
    localPort: Number.parseInt(localPort!, 16),
    remoteAddress: addressOf(remote!),
    remotePort: Number.parseInt(remotePort!, 16),
    waiting: state === TIME_WAIT,
  }));
}

/** The kernel prints each 32-bit word of an address in the byte order of the machine. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  if (LITTLE_ENDIAN) bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({length: 8}, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
