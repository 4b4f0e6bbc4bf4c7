/** A user's name and password for a token of this tab. */
import {ask, Refusal} from './api.js';
import {busyWhile, notice, part, show} from './screens.js';
import {keepSession} from './session.js';

/**
 * @param {import('./words.js').Words | null} [why] why one has to sign in again
 */
export function showSignIn(why = null) {
  part('password', HTMLInputElement).value = '';
  show('sign-in');
  notice('sign-in', why);
}

/** @param {() => Promise<void>} signedIn */
export function prepareSignIn(signedIn) {
  const form = part('sign-in-form', HTMLFormElement);
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('[type=submit]'));
  form.addEventListener('submit', event => {
    event.preventDefault();
    void busyWhile(
      'sign-in',
      button,
      async () => {
        const missing = firstEmpty(form);
        if (missing) return askFor(missing);
        await signIn();
        await signedIn();
      },
      failed,
    );
  });
}

async function signIn() {
  const [tenant, user, password] = ['tenant', 'user', 'password'].map(id => part(id, HTMLInputElement).value);
  const made = await ask('POST', '/v1/login', {
    body: {tenant: tenant?.trim(), user: user?.trim(), password},
  });
  part('password', HTMLInputElement).value = '';
  keepSession({token: made.secret, tenant: made.tenant, user: made.user, claim: null});
}

/** @param {unknown} error */
function failed(error) {
  if (!(error instanceof Refusal) || error.status !== 401) return false;
  const password = part('password', HTMLInputElement);
  notice('sign-in', {
    title: 'Tenant, user name and password do not fit together.',
    todo: 'Check all three. Whoever forgot the password asks an administrator for a new one.',
  });
  password.value = '';
  password.focus();
  return true;
}

/** @param {HTMLFormElement} form */
const firstEmpty = form =>
  [...form.querySelectorAll('input')].find(input => input.required && input.value.trim() === '');

/** @param {HTMLInputElement} input */
function askFor(input) {
  const name = input.labels?.[0]?.textContent ?? input.id;
  notice('sign-in', {title: `${name} is empty.`, todo: 'Fill it in, then sign in.'});
  input.focus();
}
