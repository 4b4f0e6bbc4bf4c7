/** Asks what became of a claim, and then of its device, until somebody looks elsewhere. */
import {Refusal, Unreachable} from './api.js';
import {askInSession} from './session.js';
import {inPlainWords} from './words.js';

const EVERY_MS = 1000;
/** A device that is online is looked at less often. */
const SETTLED_EVERY_MS = 2000;
const TROUBLE_EVERY_MS = 3000;

/**
 * @param {{readonly id: string}} claim
 * @param {{
 *   signal: AbortSignal,
 *   onNews: (claim: import('./connect.js').Claim, device: import('./connect.js').Device | undefined) => void,
 *   onTrouble: (words: import('./words.js').Words) => void,
 *   isTaken: (error: unknown) => boolean,
 * }} options
 */
export async function watchClaim({id}, {signal, onNews, onTrouble, isTaken}) {
  let waitMs = 0;
  while (!signal.aborted) {
    await visibleAfter(waitMs, signal);
    if (signal.aborted) return;
    try {
      const claim = await askInSession('GET', `/v1/claims/${encodeURIComponent(id)}`, {signal});
      const device = claim.state === 'redeemed' ? await deviceOf(claim, signal) : undefined;
      if (signal.aborted) return;
      onNews(claim, device);
      if (!['open', 'pending', 'redeemed'].includes(claim.state)) return;
      waitMs = device?.connectivity === 'online' ? SETTLED_EVERY_MS : EVERY_MS;
    } catch (error) {
      if (signal.aborted || isTaken(error)) return;
      onTrouble(troubleOf(error));
      waitMs = Math.max(TROUBLE_EVERY_MS, 1000 * (error instanceof Refusal ? (error.waitSec ?? 0) : 0));
    }
  }
}

/**
 * One that may not be seen is shown without its state.
 * @param {{device: string | null}} claim
 * @param {AbortSignal} signal
 */
async function deviceOf({device}, signal) {
  if (device === null) return undefined;
  try {
    return await askInSession('GET', `/v1/devices/${encodeURIComponent(device)}`, {signal});
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return undefined;
    throw error;
  }
}

/** @param {unknown} error */
const troubleOf = error =>
  error instanceof Unreachable
    ? {
        title: 'The platform does not answer.',
        todo: 'Is this phone in the right network? It is asked again by itself; the code stays as it is.',
      }
    : inPlainWords(error);

/**
 * @param {number} ms
 * @param {AbortSignal} signal ends the wait
 * @returns {Promise<void>} after that time, and once the page can be seen
 */
async function visibleAfter(ms, signal) {
  await untilSettled(signal, settle => {
    const timer = setTimeout(settle, ms);
    return () => clearTimeout(timer);
  });
  if (!document.hidden || signal.aborted) return;
  await untilSettled(signal, settle => {
    document.addEventListener('visibilitychange', settle);
    return () => document.removeEventListener('visibilitychange', settle);
  });
}

/**
 * @param {AbortSignal} signal
 * @param {(settle: () => void) => () => void} begin begins to wait, and gives how to stop
 */
async function untilSettled(signal, begin) {
  await new Promise(resolve => {
    const settle = () => {
      stop();
      signal.removeEventListener('abort', settle);
      resolve(undefined);
    };
    const stop = begin(settle);
    signal.addEventListener('abort', settle);
  });
}
