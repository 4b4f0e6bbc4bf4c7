/** Episodes, written as plainly as they are told of in docs/querying.md: for tests to compare others with. */
import type {Episode} from '../../src/domain/episode.js';

export interface JudgedReading {
  readonly timeMs: number;
  readonly value: number;
  readonly holds: boolean;
  readonly distance: number;
}

interface Span {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly forMs: number;
  readonly maxGapMs: number;
}

/** Of readings in the order of their times: cuts at gaps, and takes the stretches in which the condition holds. */
export function plainEpisodes(series: readonly JudgedReading[], span: Span): Episode[] {
  const {sinceMs, untilMs, forMs, maxGapMs} = span;
  const isCut = series.map((made, index) => index > 0 && made.timeMs - series[index - 1]!.timeMs > maxGapMs);
  const episodes: Episode[] = [];
  for (let from = 0; from < series.length; from++) {
    if (!series[from]!.holds || (from > 0 && series[from - 1]!.holds && !isCut[from])) continue;
    let to = from;
    while (to + 1 < series.length && series[to + 1]!.holds && !isCut[to + 1]) to++;
    const members = series.slice(from, to + 1);
    const [startMs, endMs] = [members[0]!.timeMs, members.at(-1)!.timeMs];
    if (endMs - startMs < forMs) continue;
    const worst = Math.max(...members.map(({distance}) => distance));
    const peak = members.find(({distance}) => distance === worst)!;
    const [previousMs, nextMs] = [series[from - 1]?.timeMs, series[to + 1]?.timeMs];
    episodes.push({
      startMs,
      endMs,
      peak: peak.value,
      peakMs: peak.timeMs,
      samples: members.length,
      startedBy: edge(startMs - (previousMs ?? sinceMs) > maxGapMs, previousMs),
      endedBy: edge((nextMs ?? untilMs) - endMs > maxGapMs, nextMs),
    });
  }
  return episodes;
}

const edge = (isGap: boolean, neighbourMs: number | undefined) =>
  isGap ? 'gap' : neighbourMs === undefined ? 'range' : 'value';
