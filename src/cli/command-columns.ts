import {type Command, type CommandState, isFinal} from '../domain/command.js';
import {type ToneCell, time, toned} from './cell.js';
import type {Columns} from './output.js';

export const COMMAND_COLUMNS = {
  id: command => command.id,
  device: command => command.device,
  name: command => command.name,
  state: command => toned(command.state, toneOf(command.state)),
  createdAt: command => time(command.createdAt),
  expiresAt: command => time(command.expiresAt),
} satisfies Columns<Command>;

/** A command with its way through the states and the device's answer. */
export const COMMAND_DETAILS: Columns<Command> = {
  ...COMMAND_COLUMNS,
  data: command => jsonText(command.data),
  states: command => command.transitions.map(step => step.state).join(' → '),
  detail: command => command.transitions.at(-1)?.detail,
  result: command => jsonText(command.result),
  requestedBy: command => command.requestedBy,
  allowedBy: command => command.allowedBy,
};

function toneOf(state: CommandState): ToneCell['tone'] {
  if (state === 'succeeded') return 'good';
  return isFinal(state) ? 'bad' : 'warning';
}

const jsonText = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);
