import type {IssuedCredential} from '../client/credential-api.js';
import type {GroupKeyView} from '../client/group-key-api.js';
import type {CredentialView} from '../domain/credential.js';
import {time} from './cell.js';
import type {CertificateFiles} from './device-certificate.js';
import type {Columns} from './output.js';

export const CREDENTIAL_COLUMNS: Columns<CredentialView> = {
  id: credential => credential.id,
  kind: credential => credential.kind,
  notBefore: credential => time(credential.notBefore),
  notAfter: credential => time(credential.notAfter),
  lastUsedAt: credential => time(credential.lastUsedAt),
  lastUsedFrom: credential => credential.lastUsedFrom,
  createdAt: credential => time(credential.createdAt),
  createdBy: credential => credential.createdBy,
  serial: credential => credential.serial,
};

/** A new credential, and where its certificate is. */
export interface ShownCredential extends IssuedCredential {
  readonly files?: CertificateFiles;
}

/** Only what this one has: each kind has something else that is secret. */
export function issuedColumns({secret, key, files}: ShownCredential): Columns<ShownCredential> {
  return {
    id: ({credential}) => credential.id,
    kind: ({credential}) => credential.kind,
    username: row => row.username,
    ...(secret === undefined ? {} : {secret: row => row.secret}),
    ...(key === undefined ? {} : {keyId: row => row.keyId, key: row => row.key}),
    ...(files === undefined
      ? {}
      : {
          keyFile: row => row.files?.key,
          certificateFile: row => row.files?.certificate,
          chainFile: row => row.files?.chain,
        }),
    notAfter: ({credential}) => time(credential.notAfter),
  };
}

export const GROUP_KEY_COLUMNS = {
  name: key => key.name,
  createdAt: key => time(key.createdAt),
  createdBy: key => key.createdBy,
} satisfies Columns<GroupKeyView>;
