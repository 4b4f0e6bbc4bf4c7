import type {EnrolmentGroup, EnrolmentRequest} from '../domain/enrolment.js';
import {time, toned} from './cell.js';
import {labelsText} from './device-columns.js';
import type {Columns} from './output.js';

export const ENROLMENT_GROUP_COLUMNS = {
  name: group => group.name,
  state: group => toned(group.state, group.state === 'enabled' ? 'good' : 'warning'),
  kind: group => group.kind,
  authority: group => group.authority,
  model: group => group.model,
  labels: group => labelsText(group.labels),
  approval: group => group.approval,
  webhook: group => group.webhook,
  reprovision: group => group.reprovision,
  registered: group => group.registered,
  waiting: group => group.waiting,
  createdAt: group => time(group.createdAt),
  createdBy: group => group.createdBy,
} satisfies Columns<EnrolmentGroup>;

const TONES = {waiting: 'warning', approved: 'good', denied: 'bad', registered: 'good'} as const;

export const ENROLMENT_REQUEST_COLUMNS: Columns<EnrolmentRequest> = {
  registrationId: request => request.registrationId,
  group: request => request.group,
  state: request => toned(request.state, TONES[request.state]),
  requestedAt: request => time(request.requestedAt),
  requestedFrom: request => request.requestedFrom,
  decidedBy: request => request.decidedBy,
  reason: request => request.reason,
  registeredAt: request => time(request.registeredAt),
};
