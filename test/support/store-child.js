/**
 * Stores a stream until it is killed, or done: `node store-child.js FOLDER EVENTS [MODULE]`. MODULE exports
 * `openReader(folder, eventCount)`; without it the stream is `made-stream.js`.
 */
import {Store} from '../../build/store/store.js';

const [folder, eventCount, streamModule = './made-stream.js'] = process.argv.slice(2);
const {openReader} = await import(streamModule);
const store = await Store.open({folder, reader: openReader(folder, Number(eventCount))});
process.stdout.write('storing\n');
await store.catchUp();
process.stdout.write('done\n');
await store.close();
