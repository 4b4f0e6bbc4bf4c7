import type {CrashWork} from './crash-work.js';

export function twinWork(options?: {devices?: number}): CrashWork;
