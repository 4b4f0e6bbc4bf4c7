/**
 * Stores a stream until it is killed, or done: `node store-child.js FOLDER EVENTS [MODULE]`. MODULE exports
 * `openReader(folder, eventCount)`; without it the stream is `made-stream.js`. Says `.` whenever it reads the stream: what it read before is
 * about to be stored, or has been.
 */
import {writeSync} from 'node:fs';
import {Store} from '../../build/store/store.js';

const [folder, eventCount, streamModule = './made-stream.js'] = process.argv.slice(2);
const {openReader} = await import(streamModule);
const stream = openReader(folder, Number(eventCount));
const reader = {
  ...stream,
  read(offset, maxEvents) {
    writeSync(1, '.');
    return stream.read(offset, maxEvents);
  },
};
const store = await Store.open({folder, reader});
process.stdout.write('storing\n');
await store.catchUp();
process.stdout.write('done\n');
await store.close();
