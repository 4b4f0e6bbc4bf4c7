import {Box, Text} from 'ink';
import type {ReactElement} from 'react';
import type {LiveThreshold, LiveView} from '../domain/live-view.js';
import {countText} from './numbers.js';
import type {Paint} from './paint.js';
import {LABEL_COLUMNS, type ScreenProps} from './screen-props.js';

/** What went wrong, what was asked for, and what to doubt: `lines` lines at most. */
export function Findings({view, paint, lines}: ScreenProps & {readonly lines: number}): ReactElement {
  return (
    <Box flexDirection="column">
      {findingTexts(view, paint)
        .slice(0, lines)
        .map((text, at) => (
          <Text key={at} wrap="truncate">
            {text}
          </Text>
        ))}
    </Box>
  );
}

/** Thresholds first: they decide. */
export const findingTexts = (view: LiveView, paint: Paint): string[] => [
  ...view.warnings.map(text => paint('warning', `! ${text}`)),
  ...view.thresholds.map(threshold => thresholdText(threshold, paint)),
  ...deliveryTexts(view, paint),
  ...failureTexts(view, paint),
];

function thresholdText({text, value, ok}: LiveThreshold, paint: Paint): string {
  const [sign, tone] =
    ok === null ? (['?', 'dim'] as const) : ok ? (['✓', 'good'] as const) : (['✗', 'bad'] as const);
  return `${paint(tone, `${sign} ${text}`)}  ${value ?? paint('dim', 'nothing yet')}`;
}

function deliveryTexts({totals}: LiveView, paint: Paint): string[] {
  const {missing, duplicated, reordered, late, received} = totals;
  if (received === 0) return [];
  const part = (count: number, what: string): string =>
    count === 0 ? paint('dim', `0 ${what}`) : paint('bad', `${countText(count)} ${what}`);
  // What is missing may be on its way, as long as the run goes on.
  const onTheWay =
    missing === 0 ? paint('dim', '0 missing') : paint('warning', `${countText(missing)} missing`);
  const parts = [onTheWay, part(duplicated, 'duplicated'), part(reordered, 'reordered'), part(late, 'late')];
  return [`${'delivery'.padEnd(LABEL_COLUMNS)}${parts.join('  ')}`];
}

function failureTexts({totals, failures}: LiveView, paint: Paint): string[] {
  if (totals.failures === 0) return [`${'failures'.padEnd(LABEL_COLUMNS)}${paint('dim', '0')}`];
  return [
    `${'failures'.padEnd(LABEL_COLUMNS)}${paint('bad', countText(totals.failures))}`,
    ...failures.map(
      ({kind, reason, count}) => `${countText(count).padStart(LABEL_COLUMNS - 2)}  ${kind}: ${reason}`,
    ),
  ];
}
