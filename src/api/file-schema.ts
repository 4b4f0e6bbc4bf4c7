/** What is said of files that are no events. */
import {z} from 'zod';
import {FILE_BYTES_MAX} from '../domain/file.js';
import {queryNumber} from './schemas.js';

/** What a file is where nobody says more of it. */
export const BYTES = 'application/octet-stream';

const PAGE_MAX = 1000;

export const fileSchema = z.object({
  id: z.string(),
  name: z.string(),
  device: z.string().nullable(),
  state: z.enum(['arriving', 'stored']),
  bytes: z.number(),
  receivedBytes: z.number(),
  digest: z.string().describe('SHA-256 in hexadecimal'),
  contentType: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  storedAt: z.string().nullable(),
});

export const wantedFileSchema = z.strictObject({
  name: z.string(),
  bytes: z.int().min(0).max(FILE_BYTES_MAX),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  contentType: z
    .string()
    .regex(/^[\w.+-]{1,60}\/[\w.+-]{1,60}$/)
    .default(BYTES),
});

export const filePageQuery = z.strictObject({
  name: z.string().optional(),
  cursor: z.string().optional(),
  limit: queryNumber(1, PAGE_MAX).default(100),
});

export const fileListSchema = z.object({items: z.array(fileSchema), nextCursor: z.string().nullable()});
