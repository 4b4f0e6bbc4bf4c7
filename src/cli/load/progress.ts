/** How a load test is followed while it runs: a live screen on a terminal, one line every few seconds elsewhere. */
import type {WriteStream} from 'node:tty';
import type {LiveView} from '../../domain/live-view.js';
import {paintFor, plain} from '../color.js';
import {say} from '../stdout.js';
import {visible} from '../text-width.js';
import {progressLine} from './progress-line.js';

export interface RunProgress extends Disposable {
  /** Takes each view of the run; how many are shown is decided here. */
  show(view: LiveView): void;
}

const LINE_EVERY_MS = 5000;

/** What it draws is gone when it is disposed, so that a summary can follow. */
export async function openProgress(): Promise<RunProgress> {
  const terminal = terminalForScreen();
  if (terminal === undefined) return plainProgress();
  try {
    return await screenOn(terminal);
  } catch (error) {
    say(`Warning: there is no live screen: ${visible((error as Error).message)}`);
    return plainProgress();
  }
}

async function screenOn(terminal: Terminal): Promise<RunProgress> {
  const {startScreen} = await import('../../ui/start-screen.js');
  const screen = await startScreen(terminal, (await paintFor(terminal)) !== plain);
  return {
    show: view => screen.show(withoutControls(view)),
    [Symbol.dispose]: () => screen[Symbol.dispose](),
  };
}

type Terminal = WriteStream & {readonly fd: number};

/** Results go to stdout, so stderr is drawn on where it is a terminal; neither in CI, whose logs are no screens. */
function terminalForScreen(): Terminal | undefined {
  const {CI, TERM} = process.env;
  if (TERM === 'dumb' || (CI !== undefined && CI !== '0' && CI !== 'false')) return undefined;
  return [process.stderr, process.stdout].find(stream => stream.isTTY === true);
}

function plainProgress(): RunProgress {
  let saidAtMs = performance.now();
  return {
    show(view) {
      const nowMs = performance.now();
      if (nowMs - saidAtMs < LINE_EVERY_MS) return;
      saidAtMs = nowMs;
      say(progressLine(withoutControls(view)));
    },
    [Symbol.dispose]() {},
  };
}

/** Reasons are a broker's own words, and names a user's: neither may reach the terminal as commands. */
const withoutControls = (view: LiveView): LiveView => ({
  ...view,
  name: view.name === null ? null : visible(view.name),
  targets: view.targets.map(visible),
  failures: view.failures.map(failure => ({...failure, reason: visible(failure.reason)})),
});
