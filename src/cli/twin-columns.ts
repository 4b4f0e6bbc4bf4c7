import type {Twin} from '../domain/twin.js';
import {time, toned} from './cell.js';
import type {Columns} from './output.js';

const STATE_TONES = {'in-sync': 'good', pending: 'warning', rejected: 'bad'} as const;

const json = (document: object): string | null =>
  Object.keys(document).length === 0 ? null : JSON.stringify(document);

export const TWIN_COLUMNS: Columns<Twin> = {
  id: twin => twin.device,
  state: twin => toned(twin.state, STATE_TONES[twin.state]),
  since: twin => time(twin.stateSince),
  desiredVersion: twin => twin.desired.version,
  desired: twin => json(twin.desired.properties),
  delta: twin => json(twin.delta),
};

export const TWIN_DETAILS: Columns<Twin> = {
  id: twin => twin.device,
  state: twin => toned(twin.state, STATE_TONES[twin.state]),
  since: twin => time(twin.stateSince),
  reason: twin => (twin.state === 'rejected' ? (twin.acknowledged?.reason ?? 'no reason given') : null),
  desiredVersion: twin => twin.desired.version,
  desired: twin => json(twin.desired.properties),
  delta: twin => json(twin.delta),
  acknowledged: twin =>
    twin.acknowledged && `version ${twin.acknowledged.version} ${twin.acknowledged.status}`,
  reportedVersion: twin => twin.reported.version,
  reported: twin => json(twin.reported.properties),
  tagsVersion: twin => twin.tags.version,
  tags: twin => json(twin.tags.properties),
};

/** In one line: `pending since … (version 12)`. */
export function twinText({state, stateSince, desired, acknowledged}: Twin): string {
  const version = `version ${desired.version}`;
  if (state === 'in-sync') return `in sync (${version})`;
  if (state === 'pending') return `pending since ${stateSince} (${version})`;
  return `rejected: ${acknowledged?.reason ?? 'no reason given'} (${version})`;
}
