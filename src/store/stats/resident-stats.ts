/** Answers a question for statistics from readings in memory, as `runStats` does from the table. */
import {emptyValues, type StatsTable} from '../../domain/stats-table.js';
import {Pauses} from '../pauses.js';
import type {ResidentReadings} from '../resident/resident-readings.js';
import {bucketsOf} from './buckets.js';
import {CELL_AGGREGATES, Cells} from './cells.js';
import {ROWS_MAX, tooManyRows} from './rows-max.js';
import {groupSeries, type SeriesGroups} from './series-groups.js';
import type {StatsRequest} from './stats-request.js';
import {Summing} from './summing.js';

/** More cells, most of them empty, are the table's. */
const CELLS_MAX = 1_000_000;

/** Undefined where the answer has to come from the table. Throws `IOT_REQUEST_INVALID` where it would have too many rows. */
export async function residentStats(
  readings: ResidentReadings,
  request: StatsRequest,
  signal: AbortSignal,
): Promise<StatsTable | undefined> {
  const blocks = readings.blocksOf(request);
  if (blocks === undefined) return undefined;
  const {everyMs, aggregates} = request;
  const bucketsMs = everyMs === undefined ? null : bucketsOf({...request, everyMs});
  const grouped = groupSeries(readings.series, request);
  const length = grouped.groups.length * (bucketsMs?.length ?? 1);
  if (length > CELLS_MAX) return undefined;
  const cells = new Cells(length, aggregates);
  const sums = new Summing(cells, grouped, request, bucketsMs);
  const pauses = new Pauses(signal);
  for (const block of blocks) {
    sums.add(block);
    if (pauses.isDue()) await pauses.take();
  }
  return tableOf(cells, grouped, request, bucketsMs);
}

/** Whether readings in memory can answer it at all. */
export const isForMemory = ({aggregates, distinct, timezone}: StatsRequest): boolean =>
  distinct !== true && timezone === undefined && aggregates.every(name => CELL_AGGREGATES.includes(name));

/** Undefined where a cell cannot tell what is asked for. Groups without readings are left out. */
function tableOf(
  cells: Cells,
  {groups}: SeriesGroups,
  {aggregates}: StatsRequest,
  bucketsMs: Float64Array | null,
): StatsTable | undefined {
  const bucketCount = bucketsMs?.length ?? 1;
  const told = toldGroups(cells, groups.length, bucketCount);
  const values = emptyValues(aggregates, told.length * bucketCount);
  for (const [aggregate, column] of Object.entries(values)) {
    let at = 0;
    for (const group of told)
      for (let bucket = 0; bucket < bucketCount; bucket++, at++) {
        const cell = group * bucketCount + bucket;
        if (cells.countOf(cell) === 0) continue;
        const value = cells.valueOf(aggregate, cell);
        if (!Number.isFinite(value)) return undefined;
        column[at] = value;
      }
  }
  return {bucketsMs, groups: told.map(group => groups[group]!), values};
}

/** Those with readings. Throws where they would have too many rows. */
function toldGroups(cells: Cells, groupCount: number, bucketCount: number): number[] {
  const told: number[] = [];
  let rows = 0;
  for (let group = 0; group < groupCount; group++) {
    const before = rows;
    for (let cell = group * bucketCount; cell < (group + 1) * bucketCount; cell++)
      if (cells.countOf(cell) > 0) rows++;
    if (rows > before) told.push(group);
  }
  if (rows > ROWS_MAX) throw tooManyRows(`more than ${ROWS_MAX}`);
  if (told.length * bucketCount > ROWS_MAX)
    throw tooManyRows(`${told.length} groups of ${bucketCount} buckets are`);
  return told;
}
