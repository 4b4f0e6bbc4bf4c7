/**
 * A configuration: a merge patch that is laid over what operators set in the desired documents of every device that its
 * selector chooses. Several may be laid on one device: the one with the higher priority goes over the others, of two with
 * the same priority the newer one.
 */
import {createHash} from 'node:crypto';
import {IotctlError} from './errors.js';
import type {JsonObject} from './json.js';

export const CONFIGURATION_STATES = ['rolling-out', 'complete', 'stopped', 'withdrawing'] as const;
export type ConfigurationState = (typeof CONFIGURATION_STATES)[number];

export const PRIORITY_MAX = 1_000_000;

/** What somebody asks for. */
export interface ConfigurationSpec {
  readonly name: string;
  /** `site=oslo,model=lamp`; null is every device of the tenant. */
  readonly selector: string | null;
  readonly priority: number;
  readonly patch: JsonObject;
  /** Percent of its devices that have it after each stage; the last is 100. */
  readonly stages: readonly number[];
  /** It stops when more than this share of those that have it reject it. */
  readonly rejectedPercentMax: number;
}

/** In percent: a stop at the first rejection is for those who go by stages; who does not has it everywhere by then. */
export const defaultRejectedMax = (stages: readonly number[]): number => (stages.length > 1 ? 0 : 100);

/** How many devices, by what became of it there. All of them are `targeted`. */
export interface ConfigurationCounts {
  readonly targeted: number;
  /** The device's twin is in sync. */
  readonly applied: number;
  readonly pending: number;
  /** The device rejected its desired document, or its model does not allow what the patch wants. */
  readonly rejected: number;
  /** A later stage brings it to them. */
  readonly waiting: number;
}

/** Keys of JSON as printed by `iotctl config show -o json`. */
export interface Configuration extends ConfigurationSpec {
  readonly tenant: string;
  /** Grows with each change of it. */
  readonly revision: number;
  readonly state: ConfigurationState;
  /** Why it stopped. */
  readonly stateReason: string | null;
  /** Index of the present one of `stages`. */
  readonly stage: number;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly changedAt: string;
  readonly changedBy: string;
  readonly counts: ConfigurationCounts;
}

const BUCKETS = 2 ** 32;

/**
 * Where a device stands in a configuration's order, from 0 to 1: always the same, and another one for each configuration,
 * so that it is not always the same devices which are first.
 */
export const bucketOf = (configuration: string, device: string): number =>
  createHash('sha256').update(`${configuration}/${device}`).digest().readUInt32BE(0) / BUCKETS;

/** `1%,10%,100%`. Throws `IOT_USAGE`. */
export function parseStages(text: string): number[] {
  const stages = text.split(',').map(part => Number(/^\s*(\d{1,3}(?:\.\d{1,3})?)%?\s*$/.exec(part)?.[1]));
  const fault = stagesFault(stages);
  if (fault !== undefined)
    throw new IotctlError('IOT_USAGE', `${JSON.stringify(text.slice(0, 80))}: ${fault}`);
  return stages;
}

/** Undefined where they are as they should be. */
export function stagesFault(stages: readonly number[]): string | undefined {
  const rising = stages.every((percent, index) => percent > (stages[index - 1] ?? 0) && percent <= 100);
  return rising && stages.at(-1) === 100
    ? undefined
    : 'stages are rising shares of the devices, and the last is 100%, such as 1%,10%,100%';
}
