import type {Claim, ClaimState} from '../domain/claim.js';
import {time, toned} from './cell.js';
import type {Tone} from './color.js';
import {labelsText} from './device-columns.js';
import type {Columns} from './output.js';

const TONES: Partial<Record<ClaimState, Tone>> = {open: 'good', pending: 'warning', denied: 'bad'};

const state = ({state: name, decidedBy}: Claim) => {
  const shown = name === 'pending' && decidedBy !== null ? 'approved' : name;
  const tone = TONES[name];
  return tone === undefined ? shown : toned(shown, tone);
};

export const CLAIM_COLUMNS = {
  id: claim => claim.id,
  state,
  device: claim => claim.device,
  model: claim => claim.model,
  labels: claim => labelsText(claim.labels),
  serial: claim => claim.serial,
  createdBy: claim => claim.createdBy,
  expiresAt: claim => time(claim.expiresAt),
  decidedBy: claim => claim.decidedBy,
  redeemedAt: claim => time(claim.redeemedAt),
  redeemedFrom: claim => claim.redeemedFrom,
} satisfies Columns<Claim>;
