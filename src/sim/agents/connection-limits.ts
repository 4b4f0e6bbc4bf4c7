/** How many connections each limit of a machine lets through, and what to type where they are too few. */
import {isIPv6} from 'node:net';
import type {TcpEntry} from './busy-ports.js';
import type {Machine} from './machine.js';

export interface Wanted {
  readonly connections: number;
  readonly agents: number;
  /** Addresses to connect from; none leaves it to the system. */
  readonly sources: readonly string[];
  /** Where the brokers are, as addresses. */
  readonly targets: readonly Target[];
}

export interface Target {
  readonly address: string;
  readonly port: number;
}

/** One limit of the machine. */
export interface Limit {
  readonly name: string;
  /** So many connections it lets through; undefined where this platform does not tell. */
  readonly fits: number | undefined;
  /** Is it known to stop the run? Otherwise it is an estimate, and only said. */
  readonly strict: boolean;
  readonly reason: string;
  /** What to type where that is too few. */
  readonly remedy: string;
}

/** What a process needs besides its connections: its files, its pipes, and an answer to a metrics scraper. */
const OTHER_FILES = 50;

/** The highest limit that can be typed unless fs.nr_open was raised too (proc(5)). */
const FILES_MAX = 1_048_576;

/** What one connection takes in this process (`npm run bench -- fleet`). */
const CONNECTION_BYTES = 10 * 1024;

/** Ports from 1024 to 65535. */
const WIDEST_RANGE = 64_512;

/** What a process takes before its first connection. */
const PROCESS_BYTES = 64 * 1024 * 1024;

/** All limits, the tightest first. */
export function limitsFor(wanted: Wanted, machine: Machine): Limit[] {
  const limits = [
    openFiles(wanted, machine),
    ports(wanted, machine),
    memory(wanted, machine),
    tracking(wanted, machine),
  ].filter(limit => limit !== undefined);
  return limits.sort((a, b) => (a.fits ?? Infinity) - (b.fits ?? Infinity));
}

function openFiles({connections, agents}: Wanted, {openFilesMax, openFiles: others}: Machine): Limit {
  const own = Math.max(OTHER_FILES, others + OTHER_FILES / 2);
  const limit = {name: 'open files', strict: true};
  const needed = Math.ceil(connections / agents) + own;
  if (openFilesMax === undefined)
    return {...limit, fits: undefined, reason: 'this platform does not tell', remedy: `ulimit -n ${needed}`};
  const each = Math.max(0, openFilesMax - own);
  const remedies = [
    ...(each > 0 ? [`--agents ${Math.ceil(connections / each)}`] : []),
    ...(needed <= FILES_MAX ? [`as root \`ulimit -n ${needed}\``] : []),
  ];
  return {
    ...limit,
    fits: each * agents,
    reason: `${openFilesMax === Infinity ? 'any number' : openFilesMax} for each process, ${own} of them for other things`,
    remedy: remedies.join(', or '),
  };
}

/**
 * Without a source, a connection needs a port that no other one to the same broker has; with one, a port that no other one of that
 * source has, wherever it goes, as the port is chosen before the broker is known (connect(2), bind(2); ip(7)).
 */
function ports(wanted: Wanted, machine: Machine): Limit | undefined {
  const {sources, targets} = wanted;
  if (targets.length === 0) return undefined;
  const limit = {name: 'ports', strict: true, remedy: remedyForPorts(wanted, machine)};
  if (machine.ports === undefined) return {...limit, fits: undefined, reason: 'this platform does not tell'};
  const {first, last, reserved} = machine.ports;
  const inRange = (machine.tcp ?? []).filter(({localPort}) => localPort >= first && localPort <= last);
  // Devices are spread evenly, so the one with the fewest ports left decides.
  const busy = Math.max(
    ...(sources.length > 0
      ? sources.map(source => portsOfSource(inRange, source))
      : targets.map(target => portsToTarget(inRange, target, machine))),
  );
  const inUse = busy > 0 ? `, ${busy} of them in use` : '';
  return {
    ...limit,
    fits: Math.max(0, last - first + 1 - reserved - busy) * waysOut(wanted),
    reason: `${first}-${last} for each ${sources.length > 0 ? 'source address' : 'broker'}${inUse}`,
  };
}

/** How many connections may have the same port. */
const waysOut = ({sources, targets}: Wanted): number =>
  sources.length > 0 ? sources.length : new Set(targets.map(({address, port}) => `${address} ${port}`)).size;

const portsOfSource = (entries: readonly TcpEntry[], source: string): number =>
  new Set(
    entries
      .filter(({localAddress}) => localAddress === source || isAny(localAddress))
      .map(({localPort}) => localPort),
  ).size;

function portsToTarget(
  entries: readonly TcpEntry[],
  {address, port}: Target,
  {reusesPorts}: Machine,
): number {
  const reuses = reusesPorts === 'always' || (reusesPorts === 'loopback' && isLoopback(address));
  return entries.filter(
    entry => entry.remoteAddress === address && entry.remotePort === port && !(entry.waiting && reuses),
  ).length;
}

function remedyForPorts(wanted: Wanted, {ports: range}: Machine): string {
  const {connections, targets} = wanted;
  if (range === undefined) return '--source with more addresses of this machine';
  // One more than needed, as some ports are always in use.
  const sources = Math.ceil(connections / (range.last - range.first + 1)) + 1;
  const local = targets.every(({address}) => isLoopback(address) && !isIPv6(address));
  const more =
    local && sources < 254
      ? `--source 127.0.0.2-${sources + 1}`
      : `--source with ${sources} addresses of this machine`;
  if (connections > WIDEST_RANGE * waysOut(wanted)) return more;
  return `${more}, or as root \`sysctl -w net.ipv4.ip_local_port_range="1024 65535"\``;
}

function memory({connections, agents}: Wanted, {memoryBytes}: Machine): Limit {
  const free = memoryBytes - agents * PROCESS_BYTES;
  return {
    name: 'memory',
    fits: Math.max(0, Math.floor(free / CONNECTION_BYTES)),
    strict: false,
    reason: `${inMb(memoryBytes)} MB are free; about ${CONNECTION_BYTES / 1024} KB for each connection`,
    remedy: `free ${inMb(connections * CONNECTION_BYTES + agents * PROCESS_BYTES)} MB, or share the run with another machine (--start)`,
  };
}

/** Some firewalls leave loopback alone, so this is said and not enforced. */
function tracking({connections}: Wanted, {trackable}: Machine): Limit | undefined {
  if (trackable === undefined) return undefined;
  return {
    name: 'tracked connections',
    fits: Math.max(0, trackable),
    strict: false,
    reason: 'what the firewall can still track (net.netfilter.nf_conntrack_max)',
    remedy: `as root \`sysctl -w net.netfilter.nf_conntrack_max=${connections * 2}\``,
  };
}

/** Loopback of IPv4 and IPv6 (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3). */
export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::';
const inMb = (bytes: number): number => Math.round(bytes / 2 ** 20);
