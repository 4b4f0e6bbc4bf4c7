/** What limits the connections of this machine, read from the kernel. What a platform does not tell is undefined, never guessed. */
import {readdir, readFile} from 'node:fs/promises';
import {readTcpTable, type TcpEntry} from './busy-ports.js';

export interface Machine {
  /** Files that each process may have open (RLIMIT_NOFILE). Node raises its soft limit to the hard one when it starts. */
  readonly openFilesMax: number | undefined;
  /** Files that this process has open. */
  readonly openFiles: number;
  /** The first and last port that connections get by themselves, without those reserved for others. */
  readonly ports: {readonly first: number; readonly last: number; readonly reserved: number} | undefined;
  /** Connections and listeners there are. */
  readonly tcp: readonly TcpEntry[] | undefined;
  /** May a port whose connection ended a second ago be used again: never, on loopback, always? */
  readonly reusesPorts: 'never' | 'loopback' | 'always';
  /** Bytes that programs may still use, of the machine or of the container. */
  readonly memoryBytes: number;
  /** Connections that the firewall can still track; undefined where it tracks none. */
  readonly trackable: number | undefined;
}

export async function readMachine(): Promise<Machine> {
  const [openFilesMax, openFiles, ports, tcp, reuse, trackable] = await Promise.all([
    readOpenFilesMax(),
    countOpenFiles(),
    readPorts(),
    readTcpTable(),
    readNumber('net/ipv4/tcp_tw_reuse'),
    readTrackable(),
  ]);
  const reusesPorts = reuse === 1 ? 'always' : reuse === 2 ? 'loopback' : 'never';
  const memoryBytes = process.availableMemory();
  return {openFilesMax, openFiles, ports, tcp, reusesPorts, memoryBytes, trackable};
}

const OPEN_FILES = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m;

/** On other platforms than Linux the process's own report knows. */
async function readOpenFilesMax(): Promise<number | undefined> {
  const limits = await read('/proc/self/limits');
  if (limits !== undefined) return limitOf(OPEN_FILES.exec(limits)?.[1]);
  const report = process.report?.getReport() as
    | {userLimits?: {open_files?: {soft?: string | number}}}
    | undefined;
  return limitOf(report?.userLimits?.open_files?.soft);
}

function limitOf(value: string | number | undefined): number | undefined {
  if (value === undefined) return undefined;
  return value === 'unlimited' ? Infinity : Number(value);
}

async function countOpenFiles(): Promise<number> {
  for (const folder of ['/proc/self/fd', '/dev/fd']) {
    const files = await readdir(folder).catch(() => undefined);
    if (files !== undefined) return files.length;
  }
  return 0;
}

async function readPorts(): Promise<Machine['ports']> {
  const [first, last] = numbersOf(await read('/proc/sys/net/ipv4/ip_local_port_range'));
  if (first === undefined || last === undefined) return undefined;
  return {
    first,
    last,
    reserved: reservedIn(await read('/proc/sys/net/ipv4/ip_local_reserved_ports'), first, last),
  };
}

/** `8080,9148-9150` of ip-sysctl: how many of them are in the range. */
function reservedIn(list = '', first: number, last: number): number {
  const parts = list.trim() === '' ? [] : list.trim().split(',');
  return parts.reduce((sum, part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return sum + Math.max(0, Math.min(to, last) - Math.max(from, first) + 1);
  }, 0);
}

async function readTrackable(): Promise<number | undefined> {
  const [max, count] = await Promise.all([
    readNumber('net/netfilter/nf_conntrack_max'),
    readNumber('net/netfilter/nf_conntrack_count'),
  ]);
  return max === undefined || count === undefined ? undefined : max - count;
}

const readNumber = async (name: string): Promise<number | undefined> =>
  numbersOf(await read(`/proc/sys/${name}`))[0];

const numbersOf = (text = ''): number[] => (text.match(/\d+/g) ?? []).map(Number);

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
