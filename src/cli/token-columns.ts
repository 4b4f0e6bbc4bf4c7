import type {CreatedToken, Token} from '../domain/token.js';
import {time} from './cell.js';
import type {Columns} from './output.js';

export const TOKEN_COLUMNS: Columns<Token> = {
  name: token => token.name,
  kind: token => token.kind,
  topics: token => token.topics.join(','),
  readTelemetry: token => token.readTelemetry,
  createdAt: token => time(token.createdAt),
  expiresAt: token => time(token.expiresAt),
};

export const CREATED_TOKEN_COLUMNS: Columns<CreatedToken> = {
  name: token => token.name,
  kind: token => token.kind,
  username: token => token.username,
  secret: token => token.secret,
  topics: token => token.topics.join(','),
  readTelemetry: token => token.readTelemetry,
  expiresAt: token => time(token.expiresAt),
};
