/** How the files of consumers are called, and where they are: whoever counts or removes them has to know, too. */
import {join} from 'node:path';
import type {ConsumerId} from './ports.js';

/** Behind the name of the one that is written to. */
export const PART = '.part';

const WHOLE = /^\d{8}T\d{9}Z-\d+\.ndjson$/;

/** Each consumer has its own, in that of its tenant. Its name has been checked: see `checkConsumerName`. */
export const consumerFolder = (filesFolder: string, {tenant, name}: ConsumerId): string =>
  join(filesFolder, tenant, name);

/** `20261129T101500123Z-000000000000042.ndjson`: by its beginning, and the offset of its first event. */
export const wholeFileName = (timeMs: number, offset: number): string =>
  `${new Date(timeMs).toISOString().replaceAll(/[-:.]/g, '')}-${String(offset).padStart(15, '0')}.ndjson`;

/** Is it one that no consumer writes to any more? */
export const isWholeFileName = (name: string): boolean => WHOLE.test(name);
