import {once} from 'node:events';
import type {WriteStream} from 'node:tty';
import {Worker} from 'node:worker_threads';
import {programFile} from '../domain/package-files.js';
import type {Screen} from './open-screen.js';
import type {ScreenOrder, ScreenSize, ScreenStart} from './screen-messages.js';
import {SHOW_CURSOR} from './terminal.js';

/** Taking the screen away takes milliseconds; a machine that is very busy is waited for so long. */
const CLOSE_MS_MAX = 2000;

/** Resolves when the screen stands there; rejects when its thread cannot begin. It is gone when it is disposed, and the cursor is back however the process ends. */
export async function startScreen(
  terminal: WriteStream & {readonly fd: number},
  colours: boolean,
): Promise<Screen> {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(programFile('ui/screen-thread.js'), {
    workerData: {fd: terminal.fd, size: sizeOf(terminal), colours, closed: flag.buffer} satisfies ScreenStart,
    // What React is for developers is slower, and keeps a record of every frame in memory.
    env: {...process.env, NODE_ENV: 'production'},
  });
  await once(worker, 'message');
  worker.unref();
  const order = (message: ScreenOrder): void => worker.postMessage(message);
  const onResize = (): void => order({type: 'size', size: sizeOf(terminal)});
  const showCursor = (): void => {
    terminal.write(SHOW_CURSOR);
  };
  // A run goes on without its screen.
  worker.on('error', error => terminal.write(`\nthe live screen has failed: ${error.message}\n`));
  terminal.on('resize', onResize);
  process.on('exit', showCursor);
  return {
    show: view => order({type: 'show', view}),
    [Symbol.dispose]() {
      terminal.off('resize', onResize);
      order({type: 'close'});
      Atomics.wait(flag, 0, 0, CLOSE_MS_MAX);
      showCursor();
      process.off('exit', showCursor);
      void worker.terminate();
    },
  };
}

const sizeOf = ({columns, rows}: WriteStream): ScreenSize => ({columns: columns || 80, rows: rows || 24});
