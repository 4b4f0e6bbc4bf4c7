/**
 * `tail`: what the store has, by pages, then the event stream from exactly where that ends, then what comes. Nothing is
 * missed and nothing comes twice where one goes over into the next.
 */
import {eventTimeMs, type StoredEvent} from '../domain/event.js';
import {DEFAULT_TENANT} from '../domain/ids.js';
import type {ApiPorts, EventQuery} from './ports.js';

export interface TailRequest {
  readonly tenant: string;
  readonly sinceMs: number | undefined;
  readonly afterOffset: number | undefined;
  readonly last: number | undefined;
  readonly device: string | undefined;
  readonly type: string | undefined;
  /** Go on with what comes, or end at what is there now? */
  readonly follow: boolean;
}

type TailPorts = Pick<ApiPorts, 'history' | 'stream' | 'onHead'>;

const PAGE = 1000;
const BATCH = 5000;

/** Yields events in groups as they are found; an empty group says once that the live part begins. */
export async function* tail(
  ports: TailPorts,
  request: TailRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[]> {
  const wake = new Wake(ports, signal);
  try {
    const wanted = filterOf(request);
    const endAt = request.follow ? Number.POSITIVE_INFINITY : ports.stream.head();
    let next = yield* history(ports, request, signal);
    let live = false;
    while (!signal.aborted) {
      const seen = wake.count;
      const events = next < endAt ? await ports.stream.read(next, BATCH) : [];
      if (events.length > 0) {
        next = events.at(-1)!.offset + 1;
        const found = events.filter(event => event.offset < endAt && wanted(event));
        if (found.length > 0) yield found;
        continue;
      }
      if (!request.follow) return;
      if (!live) yield [];
      live = true;
      await wake.after(seen);
    }
  } finally {
    wake.close();
  }
}

/** Yields what the store has, and returns the offset from which the stream goes on. */
async function* history(
  {history: ask, stream}: TailPorts,
  {tenant, sinceMs, afterOffset, last, device, type}: TailRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[], number> {
  if (sinceMs === undefined && afterOffset === undefined && last === undefined) return stream.head();
  let query: EventQuery = {device, type, sinceMs, afterOffset, limit: last ?? PAGE, last: last !== undefined};
  while (!signal.aborted) {
    const {events, more, storedUpTo} = await ask(tenant, query);
    if (events.length > 0) yield events;
    // The end is known only from the snapshot that had nothing more.
    if (last !== undefined || !more) return Math.max(storedUpTo, (afterOffset ?? -1) + 1);
    query = {...query, afterOffset: events.at(-1)!.offset};
  }
  return stream.head();
}

/** Events of the platform itself are shown where the store keeps them: in the default tenant. */
function filterOf({tenant, sinceMs, device, type}: TailRequest): (event: StoredEvent) => boolean {
  const family = type?.endsWith('.*') ? type.slice(0, -1) : undefined;
  return event =>
    (event.tenant || DEFAULT_TENANT) === tenant &&
    (device === undefined || event.device === device) &&
    (type === undefined || (family === undefined ? event.type === type : event.type.startsWith(family))) &&
    (sinceMs === undefined || eventTimeMs(event) >= sinceMs);
}

/** Remembers that there is more, so that a notice between a read and a wait is not lost. */
class Wake {
  count = 0;
  #resolve: () => void = () => {};
  readonly #stop: () => void;

  constructor(ports: TailPorts, signal: AbortSignal) {
    const wake = (): void => {
      this.count++;
      this.#resolve();
    };
    this.#stop = ports.onHead(wake);
    signal.addEventListener('abort', wake, {once: true});
  }

  async after(seen: number): Promise<void> {
    if (this.count !== seen) return;
    await new Promise<void>(resolve => {
      this.#resolve = resolve;
    });
  }

  close(): void {
    this.#stop();
  }
}
