/** Measurements that come later, and files. */
import type {FileState} from '../../domain/file.js';
import type {UploadState, UploadTarget} from '../../domain/upload.js';

export interface UploadTableRow {
  tenant: string;
  id: string;
  name: string;
  /** One of each caller. */
  digest: string;
  target: UploadTarget;
  state: UploadState;
  next_part: number;
  /** Of the next part, once it is begun: its rows, and the stream's head at that time. */
  begun_digest: string | null;
  begun_offset: number | null;
  /** JSON of a `PartAnswer`: of the part before the next. */
  answer: string | null;
  rows_accepted: number;
  rows_refused: number;
  created_ms: number;
  created_by: string;
  finished_ms: number | null;
}

export interface FileRow {
  tenant: string;
  id: string;
  name: string;
  device: string | null;
  state: FileState;
  bytes: number;
  digest: string;
  content_type: string;
  created_ms: number;
  created_by: string;
  stored_ms: number | null;
}
