import type {Episode} from './episode.js';
import type {EpisodeCount} from './episode-counts.js';
import type {Freshness} from './stats.js';

/** An episode as the API shows it: times are RFC 3339. */
export interface ShownEpisode extends Pick<Episode, 'peak' | 'samples' | 'startedBy' | 'endedBy'> {
  readonly metric: string;
  readonly device: string;
  readonly component: string | null;
  readonly start: string;
  readonly end: string;
  readonly durationMs: number;
  readonly peakTime: string;
}

export interface EpisodesAnswer {
  readonly since: string;
  readonly until: string;
  /** In the order of their begins. */
  readonly episodes: readonly ShownEpisode[];
  /** By group where some were asked for, else one for all; the most episodes first. */
  readonly counts: readonly EpisodeCount[];
  readonly freshness: Freshness;
  readonly elapsedMs: number;
}
