import {Box, Text} from 'ink';
import type {ReactElement} from 'react';
import type {LiveLatency} from '../domain/live-view.js';
import {msText} from './numbers.js';
import {LABEL_COLUMNS, type ScreenProps} from './screen-props.js';
import {sparkline} from './sparkline.js';

type Percentile = Exclude<keyof LiveLatency, 'name' | 'count'>;

const COLUMNS: readonly Percentile[] = ['p50', 'p90', 'p95', 'p99', 'max'];
const NARROW: readonly Percentile[] = ['p50', 'p99', 'max'];
const CELL_COLUMNS = 9;

/** A table of percentiles, the most telling last, and the p99 of each second: `lines` lines, of which two are not latencies. */
export function Latencies({
  view,
  columns,
  paint,
  lines,
}: ScreenProps & {readonly lines: number}): ReactElement {
  const shown = columns < LABEL_COLUMNS + COLUMNS.length * CELL_COLUMNS ? NARROW : COLUMNS;
  const head = `${'latency ms'.padEnd(LABEL_COLUMNS)}${shown.map(name => name.padStart(CELL_COLUMNS)).join('')}`;
  const rows = view.latencies.slice(-(lines - 2));
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">{paint('dim', head)}</Text>
      {rows.map(latency => (
        <Text key={latency.name} wrap="truncate">
          {latencyText(latency, shown)}
        </Text>
      ))}
      <Text wrap="truncate">{minuteText({view, columns, paint})}</Text>
    </Box>
  );
}

const latencyText = (latency: LiveLatency, shown: readonly Percentile[]): string =>
  `  ${latency.name}`.padEnd(LABEL_COLUMNS) +
  shown.map(name => msText(latency[name]).padStart(CELL_COLUMNS)).join('');

function minuteText({view: {history}, columns, paint}: ScreenProps): string {
  const highest = ` ${msText(Math.max(0, ...history.p99Ms))} ms`;
  return `${'  p99'.padEnd(LABEL_COLUMNS)}${sparkline(history.p99Ms, columns - LABEL_COLUMNS - highest.length)}${paint('dim', highest)}`;
}
