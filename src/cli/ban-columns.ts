import type {Ban} from '../domain/ban.js';
import {time} from './cell.js';
import type {Columns} from './output.js';

export const BAN_COLUMNS: Columns<Ban> = {
  id: ban => ban.id,
  address: ban => ban.address,
  device: ban => ban.device,
  tenant: ban => ban.tenant,
  reason: ban => ban.reason,
  automatic: ban => ban.automatic,
  createdAt: ban => time(ban.createdAt),
  expiresAt: ban => time(ban.expiresAt) ?? 'never',
};
