import {Box, Text} from 'ink';
import type {ReactElement} from 'react';
import {countText} from './numbers.js';
import {LABEL_COLUMNS, type ScreenProps} from './screen-props.js';
import {sparkline} from './sparkline.js';

/** Connections and messages: four lines. */
export function Traffic(props: ScreenProps): ReactElement {
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">{connectionsText(props)}</Text>
      <Text wrap="truncate">
        {props.view.totals.commandsSent > 0 ? commandsText(props) : flowText(props, 'sent')}
      </Text>
      <Text wrap="truncate">{flowText(props, 'received')}</Text>
      <Text wrap="truncate">{minuteText(props)}</Text>
    </Box>
  );
}

export const TRAFFIC_LINES = 4;

const label = (text: string): string => text.padEnd(LABEL_COLUMNS);

function connectionsText({view, paint}: ScreenProps): string {
  const {clients, perSec, totals} = view;
  const now = `${countText(clients.connectedNow)} of ${countText(clients.wanted)}`;
  const shown = clients.connectedNow >= clients.wanted ? now : paint('warning', now);
  const again =
    totals.reconnects === 0 ? '' : `  ${paint('warning', `${countText(totals.reconnects)} reconnects`)}`;
  return `${label('connected')}${shown}  ${countText(perSec.connected)}/s${again}`;
}

function flowText({view: {perSec, totals}, paint}: ScreenProps, way: 'sent' | 'received'): string {
  const total = paint('dim', `${countText(totals[way])} in all`);
  const flow = `${label(way)}${`${countText(perSec[way])}/s`.padStart(11)}  ${total}`;
  if (way === 'received' || totals.acknowledged === 0) return flow;
  return `${flow}  ${countText(perSec.acknowledged)}/s acknowledged`;
}

/** Of a load test of commands its messages say less than these. */
function commandsText({view: {totals}, paint}: ScreenProps): string {
  const {commandsSent, commandsAnswered} = totals;
  return `${label('commands')}${countText(commandsSent)} sent  ${paint('dim', `${countText(commandsAnswered)} answered`)}`;
}

function minuteText({view: {history}, columns, paint}: ScreenProps): string {
  const {messagesPerSec} = history;
  const highest = ` ${countText(Math.max(0, ...messagesPerSec))}/s`;
  return `${label('messages/s')}${sparkline(messagesPerSec, columns - LABEL_COLUMNS - highest.length)}${paint('dim', highest)}`;
}
