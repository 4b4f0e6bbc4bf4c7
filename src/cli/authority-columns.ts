import type {AuthorityView} from '../client/authority-api.js';
import {time, toned} from './cell.js';
import type {Columns} from './output.js';

export const AUTHORITY_COLUMNS: Columns<AuthorityView> = {
  id: authority => authority.id,
  kind: authority => authority.kind,
  state: authority => toned(authority.state, authority.state === 'active' ? 'good' : 'warning'),
  subject: authority => authority.subject,
  notAfter: authority => time(authority.notAfter),
  fingerprint: authority => authority.fingerprint,
  code: authority => authority.code,
};
