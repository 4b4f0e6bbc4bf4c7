/** How long a code is still good, by the platform's clock. */
import {platformNowMs} from './api.js';
import {part} from './screens.js';

const EVERY_MS = 250;

/**
 * @param {{createdAt: string, expiresAt: string}} claim
 * @param {AbortSignal} signal
 */
export function startCountdown({createdAt, expiresAt}, signal) {
  const endMs = Date.parse(expiresAt);
  const bar = part('left', HTMLProgressElement);
  bar.max = Math.max(1, endMs - Date.parse(createdAt));
  const tell = () => {
    const leftMs = Math.min(bar.max, Math.max(0, endMs - platformNowMs()));
    bar.value = leftMs;
    const text = part('left-text', HTMLElement);
    const words = leftMs === 0 ? 'Expired' : `Good for ${clock(leftMs)}`;
    if (text.textContent !== words) text.textContent = words;
  };
  tell();
  const timer = setInterval(tell, EVERY_MS);
  signal.addEventListener('abort', () => clearInterval(timer), {once: true});
}

/** @param {number} ms */
function clock(ms) {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
