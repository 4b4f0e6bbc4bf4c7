/** A part that says what it was started with, and ends by a fault when it is told to. */
import {parentPort, workerData} from 'node:worker_threads';
import {ThreadPort} from '../../build/platform/thread-port.js';

const port = new ThreadPort(parentPort, {
  fail() {
    setImmediate(() => {
      throw new Error('as it was told');
    });
  },
  close: async () => {},
});
port.notify('ready', workerData);
