import type {CrashWork} from './crash-work.js';

export function rotationWork(options?: {devices?: number}): CrashWork;
