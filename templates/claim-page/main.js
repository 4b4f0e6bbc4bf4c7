/** Sign in, choose, connect: the way of a technician through this page. */
import {ask} from './api.js';
import {prepareChoose, showChoose} from './choose.js';
import {leaveClaim, makeClaim, prepareConnect, showClaimAgain} from './connect.js';
import {busyWhile, part, show} from './screens.js';
import {askInSession, currentSession, endWhenIdle, forgetSession, keepClaim, Left} from './session.js';
import {prepareSignIn, showSignIn} from './sign-in.js';
import {inPlainWords, isClosed, isSessionEnd} from './words.js';

const ENDED = {title: 'You are signed out.', todo: 'The session ended. Sign in again to go on.'};
const IDLE = {title: 'You are signed out.', todo: 'Nobody used this page for 20 minutes.'};

/** Goes on with the session there is: to its claim, or to the choice. */
async function open() {
  const session = currentSession();
  if (!session) return signOut(null);
  part('who-name', HTMLElement).textContent = `${session.user} · ${session.tenant}`;
  part('who', HTMLElement).hidden = false;
  const me = await askInSession('GET', '/v1/me');
  if (!me.permissions.includes('claim:create')) return showRefused(mayNot(session.user));
  const shown = session.claim !== null && (await showClaimAgain(session.claim));
  if (!shown) await showChoose();
}

/** To the choice of another one, with what the session may do now. */
async function connectAnother() {
  keepClaim(null);
  leaveClaim();
  await open();
}

/** @param {import('./words.js').Words | null} why */
function signOut(why) {
  const token = leaveSession(why);
  // Gone from here in any case; where the platform does not hear of it, the token ends by itself.
  if (token !== undefined) ask('POST', '/v1/logout', {token}).catch(() => undefined);
}

/** @param {import('./words.js').Words | null} why */
function leaveSession(why) {
  leaveClaim();
  const token = forgetSession();
  part('who', HTMLElement).hidden = true;
  part('who-name', HTMLElement).textContent = '';
  showSignIn(why);
  return token;
}

/** Is it a failure that ends more than what was just tried? @param {unknown} error */
function taken(error) {
  if (error instanceof Left) return true;
  if (isSessionEnd(error)) leaveSession(ENDED);
  else if (isClosed(error)) showRefused(inPlainWords(error));
  else return false;
  return true;
}

/** @param {import('./words.js').Words} words */
function showRefused({title, todo}) {
  leaveClaim();
  part('refused-title', HTMLElement).textContent = title;
  part('refused-todo', HTMLElement).textContent = todo;
  show('refused');
}

/** @param {string} name */
const mayNot = name => ({
  title: 'You may not connect devices.',
  todo: `${name} is signed in, but has no role that makes codes. Ask an administrator for the role “technician”.`,
});

async function openOrSay() {
  try {
    await open();
  } catch (error) {
    if (!taken(error)) showRefused(inPlainWords(error));
  }
}

prepareSignIn(openOrSay);
prepareChoose(makeClaim, taken);
prepareConnect({connectAnother, taken});
endWhenIdle(() => signOut(IDLE));

const again = part('refused-again', HTMLButtonElement);
again.addEventListener('click', () => void busyWhile('refused', again, openOrSay));

part('sign-out', HTMLButtonElement).addEventListener('click', () => signOut(null));

void openOrSay();
