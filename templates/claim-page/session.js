/**
 * Who is signed in, for as long as this tab is open: phones throw a page away while another app is in front, and
 * `sessionStorage` brings it back. Nothing of it is in an address, and no other tab or page reads it.
 */

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
