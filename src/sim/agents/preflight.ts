/** Before a run starts: do its connections fit this machine, and can they be made from the addresses that were asked for? */
import {lookup} from 'node:dns/promises';
import {isIP} from 'node:net';
import {IotctlError} from '../../domain/errors.js';
import {isLoopback, type Limit, limitsFor, type Target} from './connection-limits.js';
import {readMachine} from './machine.js';
import {checkSources} from './source-addresses.js';

export interface PlannedConnections {
  readonly connections: number;
  readonly agents: number;
  /** Addresses to connect from; none leaves it to the system. */
  readonly sources: readonly string[];
  readonly brokers: readonly {readonly host: string; readonly port: number}[];
}

export interface Preflight {
  readonly connections: number;
  /** The tightest limit of those that are certain; undefined where this platform tells of none. */
  readonly tightest: Limit | undefined;
  /** The tightest first. */
  readonly limits: readonly Limit[];
}

/** Throws `IOT_SOURCE_ADDRESS`, or `IOT_BROKER_UNREACHABLE` for a host that has no address. */
export async function preflight(planned: PlannedConnections): Promise<Preflight> {
  const targets = await Promise.all(planned.brokers.map(targetOf));
  refuseUnreachable(planned.sources, targets);
  await checkSources(planned.sources);
  const limits = limitsFor({...planned, targets}, await readMachine());
  return {connections: planned.connections, tightest: limits.find(isCertain), limits};
}

/** Throws `IOT_MACHINE_LIMIT` where the kernel would refuse connections in the middle of the run. */
export function refuseTooMany({connections, limits}: Preflight): void {
  const broken = limits.find(limit => limit.strict && isTooLow(limit, connections));
  if (broken === undefined) return;
  throw new IotctlError(
    'IOT_MACHINE_LIMIT',
    `${connections} connections do not fit: ${broken.fits} do (${broken.name}: ${broken.reason}). Type ${broken.remedy}`,
  );
}

const isCertain = ({strict, fits}: Limit): boolean => strict && fits !== undefined;

export const isTooLow = ({fits}: Limit, connections: number): boolean =>
  fits !== undefined && fits < connections;

async function targetOf({host, port}: {host: string; port: number}): Promise<Target> {
  if (isIP(host) !== 0) return {address: host, port};
  try {
    return {address: (await lookup(host)).address, port};
  } catch (error) {
    throw new IotctlError('IOT_BROKER_UNREACHABLE', `the host ${JSON.stringify(host)} has no address`, {
      cause: error,
    });
  }
}

/** The kernel would say EINVAL or ENETUNREACH of every single connection. */
function refuseUnreachable(sources: readonly string[], targets: readonly Target[]): void {
  for (const source of sources) {
    for (const {address} of targets) {
      if (isIP(source) !== isIP(address))
        refuse(source, `cannot reach ${address}: one is IPv4, the other IPv6`);
      if (isLoopback(source) && !isLoopback(address))
        refuse(source, `cannot reach ${address}: it is a loopback address`);
    }
  }
}

function refuse(source: string, why: string): never {
  throw new IotctlError('IOT_SOURCE_ADDRESS', `--source ${source} ${why}`);
}
