/**
 * Goes through a stream until it ends or the signal aborts, even while it waits for the next element.
 * The stream is told to stop, but not waited for: one that waits for its next element answers only when that arrives.
 */
export async function* until<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  // One listener for the whole stream: racing a lasting promise would keep a reaction for each element.
  let stop: () => void = () => undefined;
  const onAbort = (): void => stop();
  signal.addEventListener('abort', onAbort, {once: true});
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        stop = () => resolve(undefined);
        iterator.next().then(resolve, reject);
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    void iterator.return?.().catch(() => undefined);
  }
}
