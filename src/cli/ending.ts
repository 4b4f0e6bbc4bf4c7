/** How a command that goes on until it is stopped learns that it should stop. */
import {stdoutClosed} from './stdout.js';

export interface Ending extends Disposable {
  /** Aborts on SIGINT, on SIGTERM, or when the reader of stdout has gone. */
  readonly signal: AbortSignal;
  /** Was it a signal, so that the exit code may have to say so? */
  readonly interrupted: () => boolean;
}

/**
 * Takes over the first SIGINT and SIGTERM until disposed; a second one ends the process at once.
 *
 *     using ending = listenForEnding();
 */
export function listenForEnding(): Ending {
  const controller = new AbortController();
  const onClosed = (): void => controller.abort();
  let interrupted = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (interrupted) {
      // Not by the signal itself: what has to be restored, such as a terminal's cursor, is restored at the exit.
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
    interrupted = true;
    controller.abort();
  };
  const stopListening = (): void => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    stdoutClosed.removeEventListener('abort', onClosed);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  if (stdoutClosed.aborted) onClosed();
  stdoutClosed.addEventListener('abort', onClosed, {once: true});
  return {signal: controller.signal, interrupted: () => interrupted, [Symbol.dispose]: stopListening};
}
