import type {EpisodesAnswer, ShownEpisode} from '../domain/episode-answer.js';
import type {EpisodeCount} from '../domain/episode-counts.js';
import type {CellValue} from './cell.js';
import {durationText} from './duration-text.js';
import type {Columns, NamedColumns} from './output.js';
import {rounded, shortTime} from './stats-columns.js';

/** In a table durations are for eyes; the other formats have milliseconds. */
export const episodeColumns = (forEyes: boolean): Columns<ShownEpisode> => ({
  start: episode => shortTime(episode.start),
  end: episode => shortTime(episode.end),
  device: episode => episode.device,
  component: episode => episode.component,
  ...(forEyes
    ? {duration: (episode: ShownEpisode) => durationText(episode.durationMs)}
    : {durationMs: (episode: ShownEpisode) => episode.durationMs}),
  peak: episode => (forEyes ? rounded(episode.peak) : episode.peak),
  peakTime: episode => shortTime(episode.peakTime),
  samples: episode => episode.samples,
  startedBy: episode => episode.startedBy,
  endedBy: episode => episode.endedBy,
});

export function countColumns(by: readonly string[], forEyes: boolean): NamedColumns<EpisodeCount> {
  const columns = new Map<string, (count: EpisodeCount) => CellValue>();
  for (const group of by) columns.set(group, count => count.group[group]);
  columns.set('episodes', count => count.episodes);
  columns.set(forEyes ? 'duration' : 'durationMs', ({durationMs}) =>
    forEyes ? durationText(durationMs) : durationMs,
  );
  columns.set(forEyes ? 'longest' : 'longestMs', ({longestMs}) =>
    forEyes ? durationText(longestMs) : longestMs,
  );
  return columns;
}

/** `12 episodes of 3 devices, 4h10m in all, the longest 1h; 1 may still go on.` */
export function episodesLine({episodes}: EpisodesAnswer): string {
  if (episodes.length === 0) return 'No episodes in this range.';
  const devices = new Set(episodes.map(({device}) => device)).size;
  const totalMs = episodes.reduce((sum, {durationMs}) => sum + durationMs, 0);
  const longestMs = episodes.reduce((longest, {durationMs}) => Math.max(longest, durationMs), 0);
  const open = episodes.filter(({endedBy}) => endedBy === 'range').length;
  const parts = [
    `${episodes.length} ${episodes.length === 1 ? 'episode' : 'episodes'} of ${devices} ${devices === 1 ? 'device' : 'devices'}`,
    `${durationText(totalMs)} in all`,
    `the longest ${durationText(longestMs)}`,
  ];
  return `${parts.join(', ')}${open === 0 ? '' : `; ${open} may still go on`}.`;
}
