/**
 * `tail`: what the store has, by pages, then the event stream from exactly where that ends, then what comes. Nothing is
 * missed and nothing comes twice where one goes over into the next.
 */
import assert from 'node:assert/strict';
import {IotctlError} from '../domain/errors.js';
import {eventTimeMs, type StoredEvent} from '../domain/event.js';
import {hasType, parseEventTypes} from '../domain/event-types.js';
import {PLATFORM} from '../domain/tenant.js';
import {HeadWatch} from './head-watch.js';
import type {EventQuery, TailPorts} from './history.js';
import {chosenOf, newestStored, PAGE, trimmed} from './stored-events.js';
import type {Choose} from './tail-filter.js';

export interface TailRequest {
  readonly tenant: string;
  /** From this event time on. Holds for what is there when the tail begins; what comes after that comes in any case. */
  readonly sinceMs?: number | undefined;
  readonly afterOffset?: number | undefined;
  readonly last?: number | undefined;
  readonly device?: string | undefined;
  /** Exact, or a prefix that ends with `.*`. */
  readonly type?: string | undefined;
  /** Only events of these devices; all where it is absent. Of stored events, as it is when the tail begins, */
  readonly devices?: readonly string[] | undefined;
  /** and of those that come, asked for each. */
  readonly visible?: ((device: string) => boolean) | undefined;
  /** Which of the events that match so far; all of them where it is absent. */
  readonly choose?: Choose | undefined;
  /** Told how far it has come where nothing there was wanted. */
  readonly onPassed?: ((offset: number) => void) | undefined;
  /** Events of the stream in a group at most. */
  readonly batchMax?: number | undefined;
  /** Go on with what comes, or end at what is there now? */
  readonly follow: boolean;
}

type Groups<Result> = AsyncGenerator<readonly StoredEvent[], Result>;

/** Where the history ends: the stream is read from `next` on, and what is below `liveFrom` still is history. */
interface Seam {
  readonly next: number;
  readonly liveFrom: number;
}

const BATCH = 5000;

/**
 * Yields events in groups as they are found; an empty group says once that the live part begins.
 * Throws `IOT_OFFSET_GONE` for what retention took, `IOT_REQUEST_INVALID` for an offset that is still to come.
 */
export async function* tail(ports: TailPorts, request: TailRequest, signal: AbortSignal): Groups<void> {
  const watch = new HeadWatch(ports, signal);
  try {
    const {next: from, liveFrom} = yield* history(ports, request, watch.head, signal);
    const wanted = filterOf(request, liveFrom);
    let next = from;
    let live = false;
    while (!signal.aborted) {
      if (!live && next >= liveFrom) {
        if (liveFrom > 0) request.onPassed?.(liveFrom - 1);
        if (!request.follow) return;
        live = true;
        yield [];
      }
      const end = live ? watch.head : liveFrom;
      if (next >= end) {
        await watch.beyond(next);
        continue;
      }
      const events = await ports.stream.read(next, Math.min(request.batchMax ?? BATCH, end - next));
      assert(events.length > 0, `nothing at offset ${next}, though the head is ${end}`);
      next = events.at(-1)!.offset + 1;
      const found = await chosenOf(request.choose, events.filter(wanted));
      if (found.length > 0) yield found;
      if (found.at(-1)?.offset !== next - 1) request.onPassed?.(next - 1);
    }
  } finally {
    watch.close();
  }
}

async function* history(
  ports: TailPorts,
  request: TailRequest,
  head: number,
  signal: AbortSignal,
): Groups<Seam> {
  const {sinceMs, afterOffset, last} = request;
  if (afterOffset !== undefined && afterOffset >= head) {
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `offset ${afterOffset} is still to come: the next is ${head}`,
    );
  }
  if (last !== undefined && last > 0) return yield* newest(ports, request, last, signal);
  const liveOnly = last === 0 || (sinceMs === undefined && afterOffset === undefined);
  return liveOnly ? {next: head, liveFrom: head} : yield* pages(ports, request, head, signal);
}

/** All of the history, by pages: what came while it was read belongs to the live part. */
async function* pages(
  ports: TailPorts,
  request: TailRequest,
  liveFrom: number,
  signal: AbortSignal,
): Groups<Seam> {
  const {tenant, sinceMs, afterOffset, device, type, devices} = request;
  let query: EventQuery = {device, type, devices, sinceMs, afterOffset, limit: PAGE};
  while (!signal.aborted) {
    const {events, more, storedUpTo} = await ports.history(tenant, query);
    const past = events.filter(({offset}) => offset < liveFrom);
    const found = await chosenOf(request.choose, past);
    if (found.length > 0) yield found;
    const end = past.at(-1)?.offset;
    if (end !== undefined && end !== found.at(-1)?.offset) request.onPassed?.(end);
    if (!more || past.length < events.length) {
      // The end is known only from the snapshot that had nothing more.
      const next = Math.max(storedUpTo, (afterOffset ?? -1) + 1);
      return {next: Math.min(next, liveFrom), liveFrom};
    }
    query = {...query, afterOffset: events.at(-1)!.offset};
  }
  return {next: liveFrom, liveFrom};
}

/** The newest events: those of the store, and those that the stream has and the store has not yet. */
async function* newest(
  ports: TailPorts,
  request: TailRequest,
  last: number,
  signal: AbortSignal,
): Groups<Seam> {
  const {tenant, sinceMs, afterOffset = -1, device, type, devices, choose} = request;
  const query = {device, type, devices, sinceMs, afterOffset: request.afterOffset, limit: last};
  const {events, storedUpTo} = await newestStored(ports, {tenant, query, choose}, signal);
  const liveFrom = ports.stream.head();
  const wanted = filterOf(request, liveFrom);
  let found = [...events];
  let next = Math.max(storedUpTo, afterOffset + 1);
  while (next < liveFrom && !signal.aborted) {
    const batch = await ports.stream.read(next, Math.min(BATCH, liveFrom - next));
    assert(batch.length > 0, `nothing at offset ${next}, though the head is ${liveFrom}`);
    next = batch.at(-1)!.offset + 1;
    found = trimmed([...found, ...(await chosenOf(request.choose, batch.filter(wanted)))], last);
  }
  if (found.length > 0) yield found;
  return {next: Math.max(next, liveFrom), liveFrom};
}

/** Events of no tenant are the platform's own. */
function filterOf(
  {tenant, sinceMs, device, type, visible}: TailRequest,
  liveFrom: number,
): (event: StoredEvent) => boolean {
  const types = type === undefined ? undefined : parseEventTypes(type);
  return event =>
    (event.tenant || PLATFORM) === tenant &&
    (visible === undefined || visible(event.device)) &&
    (device === undefined || event.device === device) &&
    (types === undefined || hasType(types, event.type)) &&
    (sinceMs === undefined || event.offset >= liveFrom || eventTimeMs(event) >= sinceMs);
}
