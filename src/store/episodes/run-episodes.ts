import type {DuckDBConnection, DuckDBValue} from '@duckdb/node-api';
import type {EpisodeEdge} from '../../domain/episode.js';
import type {SeriesEpisode} from '../../domain/episode-counts.js';
import {EPISODES_MAX, tooManyEpisodes} from './episode-list.js';
import {type EpisodesRequest, episodesSql} from './episodes-sql.js';

/** In the order of their begins; `readings` is what stands behind FROM. Throws `IOT_REQUEST_INVALID` where there are too many. */
export async function runEpisodes(
  connection: DuckDBConnection,
  request: EpisodesRequest,
  readings: string,
): Promise<SeriesEpisode[]> {
  const reader = await connection.runAndReadAll(episodesSql(request, readings, EPISODES_MAX + 1));
  const rows = reader.getRows();
  if (rows.length > EPISODES_MAX) throw tooManyEpisodes();
  return rows.map(episodeOf);
}

function episodeOf(cells: readonly DuckDBValue[]): SeriesEpisode {
  const [metric, device, component, startMs, endMs, peak, peakMs, samples, startedBy, endedBy] = cells;
  return {
    metric: String(metric),
    device: String(device),
    component: component === null || component === undefined ? null : String(component),
    startMs: Number(startMs),
    endMs: Number(endMs),
    peak: Number(peak),
    peakMs: Number(peakMs),
    samples: Number(samples),
    startedBy: startedBy as EpisodeEdge,
    endedBy: endedBy as EpisodeEdge,
  };
}
