/**
 * Which sequence numbers came, as ranges: `[from, end, from, end, …]`, ascending, with a gap between any two. What
 * comes in order makes the last range longer and needs no more memory.
 */
export type Ranges = readonly number[];

export class SequenceRanges {
  readonly #bounds: number[];

  constructor(ranges: Ranges = []) {
    this.#bounds = [...ranges];
  }

  get bounds(): Ranges {
    return this.#bounds;
  }

  /** The lowest that came. */
  get first(): number {
    return this.#bounds[0] ?? 0;
  }

  /** The number behind the highest that came. */
  get end(): number {
    return this.#bounds.at(-1) ?? 0;
  }

  /** False if it was there already. */
  add(sequence: number): boolean {
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    if (last > 0 && bounds[last] === sequence) {
      bounds[last] = sequence + 1;
      return true;
    }
    if (last < 0 || sequence > bounds[last]!) {
      bounds.push(sequence, sequence + 1);
      return true;
    }
    return this.#fill(sequence);
  }

  /** Somewhere before the end. */
  #fill(sequence: number): boolean {
    const bounds = this.#bounds;
    const at = firstAbove(bounds, sequence);
    // Above an odd number of bounds is within a range.
    if (at % 2 === 1) return false;
    const joinsBefore = at > 0 && bounds[at - 1] === sequence;
    const joinsAfter = bounds[at] === sequence + 1;
    if (joinsBefore && joinsAfter) bounds.splice(at - 1, 2);
    else if (joinsBefore) bounds[at - 1] = sequence + 1;
    else if (joinsAfter) bounds[at] = sequence;
    else bounds.splice(at, 0, sequence, sequence + 1);
    return true;
  }
}

export function sizeOf(ranges: Ranges): number {
  let size = 0;
  for (let at = 0; at < ranges.length; at += 2) size += ranges[at + 1]! - ranges[at]!;
  return size;
}

/** What is in both. */
export function intersection(a: Ranges, b: Ranges): Ranges {
  const common: number[] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    const from = Math.max(a[i]!, b[j]!);
    const end = Math.min(a[i + 1]!, b[j + 1]!);
    if (from < end) common.push(from, end);
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return common;
}

/** What of `from` to `end` is not in them. */
export function missing(ranges: Ranges, from: number, end: number): Ranges {
  const gaps: number[] = [];
  let next = from;
  for (let at = 0; at < ranges.length && next < end; at += 2) {
    if (ranges[at]! > next) gaps.push(next, Math.min(end, ranges[at]!));
    next = Math.max(next, ranges[at + 1]!);
  }
  if (next < end) gaps.push(next, end);
  return gaps;
}

/** What is in one of them. */
export function union(a: Ranges, b: Ranges): Ranges {
  const pairs = [...pairsOf(a), ...pairsOf(b)].sort((one, other) => one[0] - other[0]);
  const joined: number[] = [];
  for (const [from, end] of pairs) {
    if (joined.length > 0 && from <= joined.at(-1)!)
      joined[joined.length - 1] = Math.max(joined.at(-1)!, end);
    else joined.push(from, end);
  }
  return joined;
}

/** The first numbers that are in them. */
export function sequencesOf(ranges: Ranges, countMax: number): number[] {
  const sequences: number[] = [];
  for (let at = 0; at < ranges.length && sequences.length < countMax; at += 2)
    for (let next = ranges[at]!; next < ranges[at + 1]! && sequences.length < countMax; next++)
      sequences.push(next);
  return sequences;
}

/** The first `rangesMax` of them for people: `17, 40-42`. */
export function rangesText(ranges: Ranges, rangesMax = 10): string {
  const texts = pairsOf(ranges)
    .slice(0, rangesMax)
    .map(([from, end]) => (end === from + 1 ? `${from}` : `${from}-${end - 1}`));
  return [...texts, ...(ranges.length > 2 * rangesMax ? ['…'] : [])].join(', ');
}

const pairsOf = (ranges: Ranges): [number, number][] =>
  Array.from({length: ranges.length / 2}, (_, index) => [ranges[2 * index]!, ranges[2 * index + 1]!]);

/** The index of the first bound that is above `sequence`. */
function firstAbove(bounds: readonly number[], sequence: number): number {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! > sequence) high = middle;
    else low = middle + 1;
  }
  return low;
}
