import type {CursorView} from '../client/cursor-api.js';
import {time} from './cell.js';
import type {Columns} from './output.js';

export const CURSOR_COLUMNS: Columns<CursorView> = {
  name: cursor => cursor.name,
  offset: cursor => cursor.offset,
  lag: cursor => cursor.lag,
  movedAt: cursor => time(cursor.movedAt),
  createdAt: cursor => time(cursor.createdAt),
  createdBy: cursor => cursor.createdBy,
};
