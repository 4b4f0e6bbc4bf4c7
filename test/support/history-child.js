/**
 * Moves, merges and deletes what is stored until it is killed: `node history-child.js FOLDER EVENTS`. The events are of
 * `made-stream.js`, each dated to one of eight days.
 */
import {Store} from '../../dist/store/store.js';
import {openReader} from './made-stream.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20, 12);

const [folder, eventCount] = process.argv.slice(2);
const made = openReader(folder, Number(eventCount));
const reader = {
  ...made,
  read: async (offset, maxEvents) =>
    (await made.read(offset, maxEvents)).map(event => ({
      ...event,
      recordedMs: NOW_MS,
      timeMs: NOW_MS - (event.offset % 8) * DAY_MS,
    })),
};
const store = await Store.open({folder, reader, retentionStepRows: 400});
await store.catchUp();
process.stdout.write('begun\n');
const retain = (archiveAfterDays, deleteAfterDays) => {
  const kept = {archiveAfterDays, deleteAfterDays, archiveBytesMax: null};
  return store.retain('default', {policy: {raw: kept, typed: kept}, nowMs: NOW_MS, compact: true});
};
// The eighth day goes, so does one device: everything else stays, wherever it is.
for (const days of [5, 3, 1]) await retain(days, 6);
await store.eraseDevice('default', 'thermostat-00007');
process.stdout.write('done\n');
await store.close();
