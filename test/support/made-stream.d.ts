import type {StreamReader} from '../../src/stream/event-stream.js';

/** Opens the stream of `folder` for reading; this one is not in any folder, and holds `eventCount` events. */
export function openReader(folder: string, eventCount: number): StreamReader;
