/** The parts of the page. Whatever was typed or received is put in as text, never as markup. */
import {inPlainWords} from './words.js';

const SCREENS = /** @type {const} */ (['sign-in', 'choose', 'connect', 'refused']);

/** @typedef {(typeof SCREENS)[number]} Screen */

/** @type {Readonly<Record<Screen, string>>} */
const TITLES = {
  'sign-in': 'Sign in',
  choose: 'Choose the kind of device',
  connect: 'Code',
  refused: 'Not possible',
};

/**
 * The element with that id, of that class. Throws where the page has none.
 * @template {Element} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} ${id}`);
  return found;
}

/** Shows one screen, and takes the focus to its heading, which is read aloud then. @param {Screen} screen */
export function show(screen) {
  for (const name of SCREENS) part(name, HTMLElement).hidden = name !== screen;
  document.title = `${TITLES[screen]} · Connect a device`;
  const reached = SCREENS.indexOf(screen);
  for (const [index, step] of [...document.querySelectorAll('.steps li')].entries())
    step.classList.toggle('done', screen !== 'refused' && index <= reached);
  scrollTo(0, 0);
  part(`${screen}-title`, HTMLHeadingElement).focus({preventScroll: true});
}

/**
 * Says on that screen what failed and what to do; `null` takes it away.
 * @param {Screen} screen
 * @param {import('./words.js').Words | null} words
 */
export function notice(screen, words) {
  const place = /** @type {HTMLElement} */ (part(screen, HTMLElement).querySelector('.notice'));
  place.hidden = words === null;
  if (words === null) return place.replaceChildren();
  const title = document.createElement('strong');
  title.textContent = words.title;
  place.replaceChildren(title, words.todo);
  place.scrollIntoView({block: 'nearest'});
}

/**
 * Runs what a button or form is for: once at a time, and what fails is said on its screen.
 * @param {Screen} screen
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} work
 * @param {(error: unknown) => boolean} taken did somebody else deal with the failure?
 */
export async function busyWhile(screen, button, work, taken = () => false) {
  if (button.disabled) return;
  button.disabled = true;
  notice(screen, null);
  try {
    await work();
  } catch (error) {
    if (!taken(error)) notice(screen, inPlainWords(error));
  } finally {
    button.disabled = false;
  }
}
