import type {CreatedToken, Token} from '../domain/token.js';
import {time} from './cell.js';
import {grantsText} from './grant-flags.js';
import type {Columns} from './output.js';

const MAY = {
  roles: token => grantsText(token.roles),
  scopes: token => (token.scopes === null ? 'all of its roles' : token.scopes.join(',')),
  topics: token => token.topics.join(','),
} satisfies Columns<Token>;

export const TOKEN_COLUMNS: Columns<Token> = {
  name: token => token.name,
  kind: token => token.kind,
  owner: token => token.user,
  ...MAY,
  createdAt: token => time(token.createdAt),
  expiresAt: token => time(token.expiresAt),
  lastUsedAt: token => time(token.lastUsedAt),
  lastUsedFrom: token => token.lastUsedFrom,
};

export const CREATED_TOKEN_COLUMNS: Columns<CreatedToken> = {
  name: token => token.name,
  tenant: token => token.tenant,
  owner: token => token.user,
  username: token => token.username,
  secret: token => token.secret,
  ...MAY,
  expiresAt: token => time(token.expiresAt),
};

/** What may be shown where the secret went elsewhere. */
export function withoutSecret({secret: _secret, username: _username, ...token}: CreatedToken): Token {
  return token;
}
