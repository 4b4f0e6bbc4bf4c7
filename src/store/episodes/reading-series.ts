/** Readings of several metrics beside each other: one series after another, each in the order of its times. */
import type {DuckDBConnection, DuckDBDataChunk} from '@duckdb/node-api';
import {streamChunks} from '../result-chunks.js';
import {anyText} from '../sql-text.js';
import {chosenReadings, labelColumns} from '../stats/chosen-readings.js';
import type {ReadingChoice} from '../stats/stats-request.js';

/** All readings of one component of one device, or of the device itself. */
export interface Series {
  readonly device: string;
  readonly component: string | null;
  /** Of the device, in the order in which they were asked for. */
  readonly labels: readonly (string | null)[];
}

export interface SeriesReading {
  readonly series: Series;
  readonly timeMs: number;
  /** Which of the choice's `metrics`. */
  readonly metric: number;
  readonly value: number;
}

/** Chunk after chunk; `begin` begins the transaction, and again where the question failed: what stands behind FROM in it. */
export async function* readingSeries(
  connection: DuckDBConnection,
  choice: ReadingChoice,
  begin: () => Promise<string>,
): AsyncGenerator<SeriesReading[]> {
  let series: Series[] = [];
  const {chunks} = await streamChunks(connection, async () => {
    const chosen = chosenReadings(choice, await begin());
    series = await numberSeries(connection, choice, chosen);
    return await connection.prepare(readingsSql(choice, chosen));
  });
  for await (const chunk of chunks) yield readingsOf(chunk, series);
}

/** Gives each a number: sorting, and bringing rows here, take half as long with these as with names. */
async function numberSeries(
  connection: DuckDBConnection,
  {labelCount}: ReadingChoice,
  chosen: string,
): Promise<Series[]> {
  const labels = labelColumns(labelCount).map(label => `, ${label}`);
  const named = `device, component ${labels.join('')}`;
  await connection.run(
    `CREATE TEMP TABLE asked_series AS SELECT *, (row_number() OVER () - 1)::INTEGER AS series
      FROM (SELECT DISTINCT ${named} FROM (${chosen}))`,
  );
  const reader = await connection.runAndReadAll(`SELECT ${named} FROM asked_series ORDER BY series`);
  return reader.getRows().map(([device, component, ...own]) => ({
    device: device as string,
    component: component as string | null,
    labels: own as (string | null)[],
  }));
}

/** Of one time, in the order in which they were told. */
function readingsSql({metrics}: ReadingChoice, chosen: string): string {
  const metric = metrics.map((name, index) => `WHEN ${anyText(name)} THEN ${index}`).join(' ');
  return `SELECT s.series, epoch_ms(r.time)::DOUBLE, (CASE r.metric ${metric} END)::INTEGER, r.value
    FROM (${chosen}) r
    JOIN asked_series s ON s.device = r.device AND s.component IS NOT DISTINCT FROM r.component
    ORDER BY s.series, r.time, r."offset", r.value`;
}

function readingsOf(chunk: DuckDBDataChunk, all: readonly Series[]): SeriesReading[] {
  const [series, times, metrics, values] = chunk.getColumns() as number[][];
  return series!.map((number, row) => ({
    series: all[number]!,
    timeMs: times![row]!,
    metric: metrics![row]!,
    value: values![row]!,
  }));
}
