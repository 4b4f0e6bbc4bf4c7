/** How many episodes each group has, and how long they lasted. */
import type {Episode} from './episode.js';

export interface SeriesEpisode extends Episode {
  readonly metric: string;
  readonly device: string;
  readonly component: string | null;
}

export interface EpisodeCount {
  /** What is grouped by: device, component or labels, in the order that was asked for. */
  readonly group: Readonly<Record<string, string | null>>;
  readonly episodes: number;
  readonly durationMs: number;
  readonly longestMs: number;
}

/** One for each group that has episodes, the most episodes first. */
export function countEpisodes(
  episodes: readonly SeriesEpisode[],
  groupOf: (episode: SeriesEpisode) => EpisodeCount['group'],
): EpisodeCount[] {
  const counts = new Map<string, EpisodeCount>();
  for (const episode of episodes) {
    const group = groupOf(episode);
    const key = JSON.stringify(group);
    const {episodes: known, durationMs, longestMs} = counts.get(key) ?? EMPTY;
    const lastedMs = episode.endMs - episode.startMs;
    counts.set(key, {
      group,
      episodes: known + 1,
      durationMs: durationMs + lastedMs,
      longestMs: Math.max(longestMs, lastedMs),
    });
  }
  return [...counts.values()].sort((a, b) => b.episodes - a.episodes || b.durationMs - a.durationMs);
}

const EMPTY = {episodes: 0, durationMs: 0, longestMs: 0};
