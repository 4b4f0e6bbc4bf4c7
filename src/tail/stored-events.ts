/** Stored events that a filter chooses, page after page of the history, forwards or from its end. */
import type {StoredEvent} from '../domain/event.js';
import type {EventHistory, EventQuery, TailPorts} from './history.js';
import type {Choose} from './tail-filter.js';

export const PAGE = 1000;

/** Events that match are looked for in so many. */
const LOOKED_MAX = 100_000;

/** More than this is not held, whatever was asked for. */
const BYTES_MAX = 16 * 1024 * 1024;

interface Asked {
  readonly tenant: string;
  readonly query: EventQuery;
  /** All of them where it is absent. */
  readonly choose: Choose | undefined;
}

type History = Pick<TailPorts, 'history'>;

/** From the query's begin on. `next`: behind which offset others may match; undefined where none does. */
export async function firstStored(
  ports: History,
  {tenant, query, choose}: Asked,
  signal: AbortSignal,
): Promise<{events: readonly StoredEvent[]; next: number | undefined}> {
  const limit = choose === undefined ? query.limit : PAGE;
  const found: StoredEvent[] = [];
  let bytes = 0;
  let afterOffset = query.afterOffset;
  for (let looked = 0; ; ) {
    const page = await ports.history(tenant, {...query, afterOffset, limit});
    for (const event of await chosenOf(choose, page.events)) {
      if (found.length === query.limit || bytes >= BYTES_MAX)
        return {events: found, next: found.at(-1)!.offset};
      found.push(event);
      bytes += event.payload.length;
    }
    looked += page.events.length;
    if (!page.more) return {events: found, next: undefined};
    afterOffset = page.events.at(-1)!.offset;
    if (found.length === query.limit || looked >= LOOKED_MAX || signal.aborted)
      return {events: found, next: afterOffset};
  }
}

/** The newest, as many as the query's limit; page after page is looked through, backwards. */
export async function newestStored(
  ports: History,
  {tenant, query: asked, choose}: Asked,
  signal: AbortSignal,
): Promise<Pick<EventHistory, 'events' | 'storedUpTo'>> {
  const query = {...asked, limit: choose === undefined ? asked.limit : PAGE, last: true};
  let {events, more, storedUpTo} = await ports.history(tenant, query);
  let found = await chosenOf(choose, events);
  let looked = events.length;
  while (choose && more && found.length < asked.limit && looked < LOOKED_MAX && !signal.aborted) {
    ({events, more} = await ports.history(tenant, {...query, beforeOffset: events[0]!.offset}));
    found = [...(await choose(events)), ...found];
    looked += events.length;
  }
  return {events: trimmed(found, asked.limit), storedUpTo};
}

export const chosenOf = async (
  choose: Choose | undefined,
  events: readonly StoredEvent[],
): Promise<readonly StoredEvent[]> =>
  choose === undefined || events.length === 0 ? events : await choose(events);

/** The last ones, as many as are allowed by number and by size. */
export function trimmed(events: readonly StoredEvent[], last: number): StoredEvent[] {
  let from = events.length;
  let bytes = 0;
  while (from > 0 && events.length - from < last && bytes < BYTES_MAX)
    bytes += events[--from]!.payload.length;
  return events.slice(from);
}
