/**
 * Moves, merges and deletes what is stored: `node history-child.js FOLDER EVENTS [STATEMENT NTH MOMENT]`. The events are of
 * `made-stream.js`, each dated to one of eight days. With the last three it kills itself at the NTH statement that begins
 * like STATEMENT: `before` it, `during` it, or `behind` it.
 */
import {DuckDBConnection} from '@duckdb/node-api';
import {Store} from '../../build/store/store.js';
import {openReader} from './made-stream.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20, 12);

const [folder, eventCount, ...death] = process.argv.slice(2);
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
if (death.length > 0) dieAt(...death);
const retain = (archiveAfterDays, deleteAfterDays) => {
  const kept = {archiveAfterDays, deleteAfterDays, bytesMax: null};
  return store.retain('default', {policy: {raw: kept, typed: kept}, nowMs: NOW_MS, compact: true});
};
// The eighth day goes, so does one device: everything else stays, wherever it is.
for (const days of [5, 3, 1]) await retain(days, 6);
await store.eraseDevice('default', 'thermostat-00007');
await store.close();

function dieAt(statement, nth, moment) {
  const run = Reflect.get(DuckDBConnection.prototype, 'run');
  const die = () => process.kill(process.pid, 'SIGKILL');
  let left = Number(nth);
  DuckDBConnection.prototype.run = function (sql, ...rest) {
    const isIt = sql.startsWith(statement) && --left === 0;
    if (isIt && moment === 'before') die();
    const running = run.call(this, sql, ...rest);
    if (isIt && moment === 'during') setImmediate(die);
    return isIt && moment === 'behind' ? running.then(die) : running;
  };
}
