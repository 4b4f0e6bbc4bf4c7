import type {CrashWork} from './crash-work.js';

export function importWork(options?: {rows?: number}): CrashWork;
