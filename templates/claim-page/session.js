/**
 * Who is signed in, for as long as this tab is open: phones throw a page away while another app is in front, and
 * `sessionStorage` brings it back. Nothing of it is in an address, and no other tab or page reads it.
 */

import {ask} from './api.js';

const KEY = 'iotctl.claim';

/** Whoever leaves the phone lying about is signed out. */
const IDLE_MS = 20 * 60_000;
const LOOKED_AT_EVERY_MS = 10_000;

/**
 * @typedef {{id: string, code: string, uri: string}} ShownClaim
 * @typedef {{token: string, user: string, tenant: string, usedMs: number, claim: ShownClaim | null}} Session
 */

/** @returns {Session | undefined} */
export function currentSession() {
  const session = keptSession();
  return session && Date.now() - session.usedMs < IDLE_MS ? session : undefined;
}

/** @returns {Session | undefined} one that nobody used for long, too */
function keptSession() {
  const text = sessionStorage.getItem(KEY);
  return text === null ? undefined : JSON.parse(text);
}

/** Nobody waits for the answer any more: who asked has left meanwhile. */
export class Left extends Error {}

/**
 * Asks as whoever is signed in. Throws `Left` where that is another one, or nobody, when the answer comes.
 * @param {'GET' | 'POST'} method
 * @param {string} path
 * @param {{body?: object, signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function askInSession(method, path, options) {
  const token = currentSession()?.token;
  if (token === undefined) throw new Left();
  const asked = ask(method, path, {...options, token});
  await asked.catch(() => undefined);
  if (currentSession()?.token !== token) throw new Left();
  return asked;
}

/** @param {Omit<Session, 'usedMs'>} session */
export function keepSession(session) {
  sessionStorage.setItem(KEY, JSON.stringify({...session, usedMs: Date.now()}));
}

/**
 * Keeps the claim that is shown, so that it is shown again after a reload.
 * @param {ShownClaim | null} claim
 */
export function keepClaim(claim) {
  const session = currentSession();
  if (session) keepSession({...session, claim});
}

/** @returns {string | undefined} the token that it had */
export function forgetSession() {
  const token = keptSession()?.token;
  sessionStorage.removeItem(KEY);
  return token;
}

/**
 * Calls `onIdle` when a session was not used for a while.
 * @param {() => void} onIdle
 */
export function endWhenIdle(onIdle) {
  const touch = () => {
    const session = currentSession();
    if (session) keepSession(session);
  };
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, touch, {passive: true});
  const look = () => {
    if (keptSession() && !currentSession()) onIdle();
  };
  setInterval(look, LOOKED_AT_EVERY_MS);
  document.addEventListener('visibilitychange', look);
}
