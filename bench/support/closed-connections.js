/** Ports that an earlier measurement left in TIME_WAIT make it slow to find free ones. */
import {readFileSync} from 'node:fs';
import {setTimeout} from 'node:timers/promises';

/** Linux keeps them for 60 s. */
const WAIT_MS_MAX = 70_000;
const FEW = 500;

/** Resolves when there are only few; at once where the system does not tell. */
export async function connectionsForgotten() {
  const endMs = performance.now() + WAIT_MS_MAX;
  while (waiting() > FEW && performance.now() < endMs) await setTimeout(1000);
}

function waiting() {
  try {
    return Number(/^TCP:.* tw (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
