/** Waits that fail with what was missing, instead of hanging. */

/** Long enough for a busy machine: who waits for an event is not kept by it. */
export const DEADLINE_MS = 20_000;

/** So many looks follow each other at once; after them the processor is left to whoever is waited for. */
const LOOKS_AT_ONCE = 20;
const PAUSE_MS = 2;

/** Rejects with `missing` unless the promise settles before the deadline. */
export async function within<Value>(
  promise: Promise<Value>,
  missing: string,
  deadlineMs = DEADLINE_MS,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms: ${missing}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again, letting other work go first, until it is so. For states that nothing announces. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  missing: string,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  for (let looks = 1; !(await isSo()); looks++) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${missing}`);
    await new Promise<void>(resolve => {
      if (looks < LOOKS_AT_ONCE) setImmediate(resolve);
      else setTimeout(resolve, PAUSE_MS);
    });
  }
}
