/** Which events of a tail are sent, beyond device and type: by what they say, and by chance. */
import {setImmediate as nextTurn} from 'node:timers/promises';
import type {StoredEvent} from '../domain/event.js';
import {type Condition, parseCondition} from '../expression/condition.js';

export interface FilterRequest {
  readonly where?: string | undefined;
  readonly exclude?: string | undefined;
  /** Percent of the events. */
  readonly sample?: number | undefined;
}

/** Labels of devices; `learn` comes before `of`. */
interface LabelSource {
  learn(devices: Iterable<string>): Promise<void>;
  of(device: string): Readonly<Record<string, string>>;
}

/** Gives those that are wanted, in their order. */
export type Choose = (events: readonly StoredEvent[]) => Promise<readonly StoredEvent[]>;

/** Others get a turn after this long; one event is looked at as a whole. */
const TURN_MS = 8;

/** Undefined where everything is wanted. Throws `IOT_EXPRESSION_INVALID`. */
export function tailFilter({where, exclude, sample}: FilterRequest, labels: LabelSource): Choose | undefined {
  const included = where === undefined ? undefined : parseCondition(where, 'where');
  const excluded = exclude === undefined ? undefined : parseCondition(exclude, 'exclude');
  if (!included && !excluded && sample === undefined) return undefined;
  const usesLabels = [included, excluded].some(condition => condition?.usesLabels === true);
  const holds = (condition: Condition, event: StoredEvent): boolean =>
    condition.matches(event, labels.of(event.device));
  return async events => {
    const drawn = sample === undefined ? events : events.filter(({offset}) => isDrawn(offset, sample));
    if (usesLabels) await labels.learn(drawn.map(({device}) => device));
    return await chosen(
      drawn,
      event =>
        (included === undefined || holds(included, event)) &&
        (excluded === undefined || !holds(excluded, event)),
    );
  };
}

async function chosen(
  events: readonly StoredEvent[],
  isWanted: (event: StoredEvent) => boolean,
): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  let turnEndsMs = performance.now() + TURN_MS;
  for (const event of events) {
    if (isWanted(event)) found.push(event);
    if (performance.now() < turnEndsMs) continue;
    await nextTurn();
    turnEndsMs = performance.now() + TURN_MS;
  }
  return found;
}

/** By the offset alone, so that everyone who asks for as many gets the same ones. */
function isDrawn(offset: number, percent: number): boolean {
  return mixed(offset) < (percent / 100) * 2 ** 32;
}

/** The finalizer of MurmurHash3 (Appleby, public domain): neighbours get numbers that have nothing in common. */
function mixed(offset: number): number {
  let hash = (offset ^ Math.floor(offset / 2 ** 32)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
