import type {DuckDBConnection} from '@duckdb/node-api';

/** An interruption that arrives between two statements is lost, so it is repeated. */
const INTERRUPT_EVERY_MS = 20;

/** Interrupts what runs on the connection when the signal aborts, and throws its reason then. */
export async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let repeat: NodeJS.Timeout | undefined;
  const begin = (): void => {
    connection.interrupt();
    repeat = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, {once: true});
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', begin);
    clearInterval(repeat);
  }
}
