import type {Configuration} from '../domain/configuration.js';
import {time, toned} from './cell.js';
import type {Columns} from './output.js';

const STATE_TONES = {
  'rolling-out': 'warning',
  complete: 'good',
  stopped: 'bad',
  withdrawing: 'warning',
} as const;

/** `2 of 3 (10%)`; who has no stages has nothing to say. */
const stageText = ({stage, stages}: Configuration): string | null =>
  stages.length === 1 ? null : `${stage + 1} of ${stages.length} (${stages[stage]}%)`;

export const CONFIGURATION_COLUMNS = {
  id: configuration => configuration.name,
  selector: configuration => configuration.selector ?? 'every device',
  priority: configuration => configuration.priority,
  revision: configuration => configuration.revision,
  state: configuration => toned(configuration.state, STATE_TONES[configuration.state]),
  stage: configuration => stageText(configuration),
  targeted: ({counts}) => counts.targeted,
  applied: ({counts}) => counts.applied,
  pending: ({counts}) => counts.pending,
  rejected: ({counts}) => counts.rejected,
  waiting: ({counts}) => counts.waiting,
} satisfies Columns<Configuration>;

export const CONFIGURATION_DETAILS = {
  ...CONFIGURATION_COLUMNS,
  reason: configuration => configuration.stateReason,
  patch: configuration => JSON.stringify(configuration.patch),
  stages: configuration => configuration.stages.map(percent => `${percent}%`).join(','),
  rejectedPercentMax: configuration => configuration.rejectedPercentMax,
  createdAt: configuration => time(configuration.createdAt),
  createdBy: configuration => configuration.createdBy,
  changedAt: configuration => time(configuration.changedAt),
  changedBy: configuration => configuration.changedBy,
} satisfies Columns<Configuration>;
