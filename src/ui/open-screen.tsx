/** A live screen on a terminal, from the first view of a run to its end. */
import type {WriteStream} from 'node:tty';
import {render, Text} from 'ink';
import type {LiveView} from '../domain/live-view.js';
import {Canvas} from './canvas.js';
import {LiveScreen} from './live-screen.js';
import type {Paint} from './paint.js';
import {SHOW_CURSOR, type Terminal} from './terminal.js';

export interface Screen extends Disposable {
  /** Draws the view, unless the one before was drawn a moment ago. */
  show(view: LiveView): void;
}

/** Nobody reads numbers faster, and each frame takes some milliseconds from the run. A little less than every second view. */
const FRAME_MS = 900;

/** The screen is taken away when it is disposed, and the cursor is back however the process ends. */
export function openScreen(terminal: Terminal, paint: Paint): Screen {
  const canvas = new Canvas(terminal) as Canvas & WriteStream;
  const element = (view: LiveView) => (
    <LiveScreen view={view} columns={canvas.columns} rows={terminal.rows} paint={paint} />
  );
  // The first frame takes a tenth of a second, which is better spent before the run than in it.
  const ink = render(<Text>preparing</Text>, {stdout: canvas, exitOnCtrlC: false, patchConsole: false});
  let nextMs = 0;
  const onResize = (): void => ink.clear();
  terminal.on('resize', onResize);
  return {
    show(view) {
      const nowMs = performance.now();
      if (nowMs < nextMs) return;
      nextMs = nowMs + FRAME_MS;
      ink.rerender(element(view));
    },
    [Symbol.dispose]() {
      terminal.off('resize', onResize);
      if (canvas.destroyed) return;
      ink.clear();
      // Otherwise ink would draw a last frame, which stays.
      canvas.destroy();
      ink.unmount();
      terminal.write(SHOW_CURSOR);
    },
  };
}
