import type {CrashWork} from './crash-work.js';

export function claimWork(options?: {claims?: number}): CrashWork;
