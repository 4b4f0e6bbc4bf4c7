import type {Answer, RoleView} from '../client/api-shapes.js';
import type {Binding, User} from '../domain/user.js';
import {time, toned} from './cell.js';
import type {Columns} from './output.js';

const STATE_COLUMNS = {
  kind: user => user.kind,
  state: user => toned(user.state, user.state === 'active' ? 'good' : 'warning'),
  displayName: user => user.displayName,
  createdAt: user => time(user.createdAt),
  lastLoginAt: user => time(user.lastLoginAt),
} satisfies Columns<User>;

export const USER_COLUMNS: Columns<User> = {name: user => user.name, ...STATE_COLUMNS};

export const USER_DETAILS: Columns<User> = {
  name: user => user.name,
  tenant: user => user.tenant,
  ...STATE_COLUMNS,
};

export const BINDING_COLUMNS: Columns<Binding> = {
  id: binding => binding.id,
  subject: binding => binding.subject,
  role: binding => binding.role,
  selector: binding => binding.selector,
  createdAt: binding => time(binding.createdAt),
  createdBy: binding => binding.createdBy,
};

export const ROLE_COLUMNS: Columns<RoleView> = {
  name: role => role.name,
  summary: role => role.summary,
};

/** A role and one of the things that it may do. */
export interface RolePermission {
  readonly role: string;
  readonly permission: string;
}

export const ROLE_PERMISSION_COLUMNS: Columns<RolePermission> = {
  role: row => row.role,
  permission: row => row.permission,
};

/** An answer, with what was asked. */
export interface AskedAnswer extends Answer {
  readonly permission: string;
  readonly device: string | null;
}

export const ANSWER_COLUMNS: Columns<AskedAnswer> = {
  allowed: answer => toned(answer.allowed ? 'yes' : 'no', answer.allowed ? 'good' : 'bad'),
  permission: answer => answer.permission,
  device: answer => answer.device,
  why: answer => answer.by ?? answer.reason,
};
