import {Box, Text} from 'ink';
import type {ReactElement} from 'react';
import {clockText} from './numbers.js';
import type {ScreenProps} from './screen-props.js';

/** What runs against whom, and how far it is: two lines. */
export function Header({view, columns, paint}: ScreenProps): ReactElement {
  const {kind, name, targets} = view;
  const title = [paint('strong', kind), ...(name === null ? [] : [name]), paint('dim', targets.join(' '))];
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">{title.join('  ')}</Text>
      <Text wrap="truncate">{progressText({view, columns, paint})}</Text>
    </Box>
  );
}

const BAR_COLUMNS_MAX = 40;

function progressText({view, columns, paint}: ScreenProps): string {
  const {phase, elapsedMs, plannedMs} = view;
  if (plannedMs === null) return `${phase}  ${clockText(elapsedMs)}`;
  const leftMs = Math.max(0, plannedMs - elapsedMs);
  const times = `  ${phase}  ${clockText(elapsedMs)} of ${clockText(plannedMs)}, ${clockText(leftMs)} left`;
  const width = Math.max(0, Math.min(BAR_COLUMNS_MAX, columns - times.length));
  const full = Math.round(width * Math.min(1, elapsedMs / Math.max(1, plannedMs)));
  return `${paint('good', '█'.repeat(full))}${paint('dim', '░'.repeat(width - full))}${times}`;
}
