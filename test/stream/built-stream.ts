/** The stream as it is built, for the threads and processes that tests start: Node cannot run TypeScript there. `npm test` builds it first. */
export const BUILT_STREAM = new URL('../../build/stream/lmdb-stream.js', import.meta.url).href;
