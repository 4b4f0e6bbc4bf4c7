/** What questions about readings have in common: the range, and which devices. */
import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import {parseTimeMs} from '../domain/duration.js';
import {IotctlError} from '../domain/errors.js';
import type {ReadingChoice} from '../store/stats/stats-request.js';
import {callerOf, scopeOf} from './access.js';
import type {ApiPorts} from './ports.js';

const TIMEOUT_MS_MAX = 600_000;
const DEVICES_MAX = 10_000;

export const metricSchema = z.string().min(1).max(1024);

export const readingChoice = {
  /** The range: so long before now, or from `since` on, before `until`. */
  lastMs: z.number().int().min(1).optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  selector: z.string().optional(),
  devices: z.array(z.string().max(128)).min(1).max(DEVICES_MAX).optional(),
  component: z.string().max(64).optional(),
  /** Of readings of one device, component and metric with the same time, only the one that came last. */
  distinct: z.boolean().default(false),
  /** Waits until everything is stored that was acknowledged before the question came. */
  consistent: z.boolean().default(false),
  timeoutMs: z.number().int().min(1).max(TIMEOUT_MS_MAX).default(30_000),
};

export const freshnessSchema = z.object({
  completeTo: z.number(),
  lag: z.number(),
  lastEventAt: z.string().nullable(),
});

export interface AskedRange {
  readonly lastMs?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** `now` is taken once for each question. Throws `IOT_TIME_INVALID`, `IOT_REQUEST_INVALID`. */
export function rangeOf({lastMs, since, until}: AskedRange): {sinceMs: number; untilMs: number} {
  const nowMs = Date.now();
  if ((lastMs === undefined) === (since === undefined))
    throw new IotctlError('IOT_REQUEST_INVALID', 'give the range by either lastMs or since');
  const untilMs = until === undefined ? nowMs : parseTimeMs(until, nowMs);
  const sinceMs = since === undefined ? untilMs - lastMs! : parseTimeMs(since, nowMs);
  if (sinceMs >= untilMs)
    throw new IotctlError('IOT_REQUEST_INVALID', 'the range is empty: it begins when it has ended');
  return {sinceMs, untilMs};
}

interface AskedDevices {
  readonly selector?: string | undefined;
  readonly devices?: readonly string[] | undefined;
}

/** The devices that are meant, as far as the caller may see them, with their values of the labels. */
export async function devicesOf(
  ports: ApiPorts,
  request: FastifyRequest,
  {selector, devices: ids}: AskedDevices,
  labels: readonly string[],
): Promise<Pick<ReadingChoice, 'devices' | 'labelCount' | 'onlyDevices'>> {
  const scope = scopeOf(request);
  const labelCount = labels.length;
  const limited = scope !== 'all' || selector !== undefined;
  if (!limited && ids === undefined && labels.length === 0) return {labelCount, onlyDevices: false};
  const {tenant} = callerOf(request);
  const known =
    limited || labels.length > 0 ? await ports.admin.devices.labels(tenant, {selector, scope}, labels) : [];
  if (ids === undefined) return {devices: known, labelCount, onlyDevices: limited};
  const byId = new Map(known.map(device => [device.device, device]));
  const unlabelled = labels.map(() => null);
  // Readings of a device outlive it: who may see all may ask for one that is not there any more.
  const devices = [...new Set(ids)].flatMap(
    device => byId.get(device) ?? (limited ? [] : [{device, labels: unlabelled}]),
  );
  return {devices, labelCount, onlyDevices: true};
}
