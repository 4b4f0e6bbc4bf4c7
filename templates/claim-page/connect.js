/** A code, and what becomes of it: used by which device, and whether that one is online. */
import {Refusal} from './api.js';
import {startCountdown} from './countdown.js';
import {drawQr} from './qr-image.js';
import {busyWhile, notice, part, show} from './screens.js';
import {askInSession, keepClaim} from './session.js';
import {NEW_CODE, stageOf} from './stages.js';
import {watchClaim} from './watch-claim.js';

/**
 * A claim as the platform shows it; `code` and `uri` are only in the answer that makes it.
 * @typedef {{
 *   id: string, state: 'open' | 'pending' | 'redeemed' | 'withdrawn' | 'expired' | 'denied',
 *   device: string | null, model: string | null, serial: string | null, labels: Record<string, string>,
 *   createdAt: string, expiresAt: string, redeemedAt: string | null, redeemedFrom: string | null, decidedBy: string | null,
 * }} Claim
 * @typedef {{id: string, connectivity: string, connectedAt: string | null, disconnectedAt: string | null}} Device
 */

/** For how long the button says that it has done what it says. */
const COPIED_MS = 2000;

/** @type {Claim | undefined} */
let shown;
/** Ends the watch of the claim before, and its countdown. */
let leave = new AbortController();
/** @type {(error: unknown) => boolean} */
let taken = () => false;

/** Makes a claim, and shows it. @param {object} wanted */
export async function makeClaim(wanted) {
  const {code, uri, ...claim} = await askInSession('POST', '/v1/claims', {body: wanted});
  keepClaim({id: claim.id, code, uri});
  showClaim(claim, {code, uri});
}

/**
 * Shows a claim that was made before the page was loaded.
 * @param {import('./session.js').ShownClaim} kept
 * @returns {Promise<boolean>} false where it is forgotten by now
 */
export async function showClaimAgain({id, code, uri}) {
  try {
    const claim = await askInSession('GET', `/v1/claims/${encodeURIComponent(id)}`);
    showClaim(claim, {code, uri});
    return true;
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error;
    keepClaim(null);
    return false;
  }
}

export function leaveClaim() {
  leave.abort();
  shown = undefined;
  part('code', HTMLOutputElement).textContent = '';
  part('qr', SVGElement).replaceChildren();
}

/** @param {Claim} claim @param {{code: string, uri: string}} secret */
function showClaim(claim, {code, uri}) {
  leaveClaim();
  leave = new AbortController();
  part('code', HTMLOutputElement).textContent = code;
  drawQr(part('qr', SVGElement), uri);
  part('connect-lead', HTMLElement).textContent = purposeOf(claim);
  part('news', HTMLElement).textContent = '';
  notice('connect', null);
  render(claim, undefined);
  show('connect');
  startCountdown(claim, leave.signal);
  void watchClaim(claim, {
    signal: leave.signal,
    onNews(seen, device) {
      notice('connect', null);
      render(seen, device);
    },
    onTrouble: words => notice('connect', words),
    isTaken: error => taken(error),
  });
}

/** @param {Claim} claim */
const purposeOf = ({model, serial, device, labels}) =>
  [
    model ?? 'Any kind of device',
    ...(device === null ? [] : [device]),
    ...(serial === null ? [] : [`serial number ${serial}`]),
    ...Object.entries(labels).map(([key, value]) => `${key} ${value}`),
  ].join(' · ');

/** @param {Claim} claim @param {Device | undefined} device */
function render(claim, device) {
  shown = claim;
  const stage = stageOf(claim, device);
  const open = claim.state === 'open';
  part('code-panel', HTMLElement).hidden = !open;
  const result = part('result-panel', HTMLElement);
  result.hidden = open;
  result.dataset.tone = stage.tone;
  const title = part('connect-title', HTMLElement);
  if (title.textContent !== stage.heading) title.textContent = stage.heading;
  part('result-title', HTMLElement).textContent = stage.title;
  part('result-text', HTMLElement).textContent = stage.text;
  for (const step of stage.journey) renderStep(step);
  const news = part('news', HTMLElement);
  if (!open && news.textContent !== stage.title) news.textContent = stage.title;
  renderActions(open, stage.again);
}

/**
 * @param {boolean} open
 * @param {string} againText
 */
function renderActions(open, againText) {
  const again = part('again', HTMLButtonElement);
  const [copy, withdraw] = [part('copy', HTMLButtonElement), part('withdraw', HTMLButtonElement)];
  again.textContent = againText;
  again.classList.toggle('main', !open);
  const left = document.activeElement;
  copy.hidden = !open || navigator.clipboard === undefined;
  withdraw.hidden = !open;
  part('other', HTMLElement).hidden = open || againText !== NEW_CODE;
  if ((left === copy && copy.hidden) || (left === withdraw && withdraw.hidden)) again.focus();
}

/** @param {import('./stages.js').Step} step */
function renderStep({name, state, detail}) {
  const row = /** @type {HTMLElement} */ (document.querySelector(`[data-part="${name}"]`));
  row.className = state;
  /** @type {HTMLElement} */ (row.querySelector('.detail')).textContent = detail;
}

/**
 * @param {{connectAnother: () => Promise<void>, taken: (error: unknown) => boolean}} options
 */
export function prepareConnect({connectAnother, taken: takenElsewhere}) {
  taken = takenElsewhere;
  const again = part('again', HTMLButtonElement);
  const withdraw = part('withdraw', HTMLButtonElement);
  const copy = part('copy', HTMLButtonElement);
  again.addEventListener('click', () => {
    void busyWhile(
      'connect',
      again,
      async () => {
        if (shown?.state === 'redeemed' || shown?.state === 'pending') return connectAnother();
        if (shown?.state === 'open') await withdrawShown();
        if (shown) await makeClaim(wantedAgain(shown));
      },
      taken,
    );
  });
  const other = part('other', HTMLButtonElement);
  other.addEventListener('click', () => void busyWhile('connect', other, connectAnother, taken));
  withdraw.addEventListener('click', () => void busyWhile('connect', withdraw, withdrawShown, taken));
  copy.addEventListener('click', () => void copyCode(copy));
}

/** @param {HTMLButtonElement} button */
async function copyCode(button) {
  try {
    await navigator.clipboard.writeText(part('code', HTMLOutputElement).textContent ?? '');
    part('news', HTMLElement).textContent = button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, COPIED_MS);
  } catch {
    notice('connect', {
      title: 'This browser does not let the page copy.',
      todo: 'Press on the code, and copy it.',
    });
  }
}

async function withdrawShown() {
  if (!shown) return;
  const path = `/v1/claims/${encodeURIComponent(shown.id)}/withdraw`;
  const seen = await askInSession('POST', path);
  render({...shown, ...seen}, undefined);
  leave.abort();
}

/** @param {Claim} claim */
const wantedAgain = ({model, serial, device, labels}) => ({
  ...(model === null ? {} : {model}),
  ...(serial === null ? {} : {serial}),
  ...(device === null ? {} : {device}),
  ...(Object.keys(labels).length === 0 ? {} : {labels}),
});
