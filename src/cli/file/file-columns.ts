import type {StoredFile} from '../../domain/file.js';
import type {Columns} from '../output.js';

export const FILE_COLUMNS: Columns<StoredFile> = {
  id: file => file.id,
  name: file => file.name,
  device: file => file.device,
  state: file => file.state,
  bytes: file => file.bytes,
  'content type': file => file.contentType,
  'created at': file => file.createdAt,
  'created by': file => file.createdBy,
  digest: file => file.digest,
};
