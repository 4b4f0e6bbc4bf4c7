/** What is said of a claim and its device, at each stage. */

/** @typedef {{name: 'open' | 'redeemed' | 'online', state: 'done' | 'next' | '', detail: string}} Step */
/**
 * @typedef {{
 *   tone: 'good' | 'bad' | 'wait' | 'off', heading: string, title: string, text: string, again: string,
 *   journey: readonly Step[],
 * }} Stage
 */

/** For the same device as before. */
export const NEW_CODE = 'New code';
const ANOTHER = 'Connect another device';

/**
 * @param {import('./connect.js').Claim} claim
 * @param {import('./connect.js').Device | undefined} device not known before the code was used
 * @returns {Stage}
 */
export function stageOf(claim, device) {
  return {...wordsOf(claim, device), journey: journeyOf(claim, device)};
}

/** @type {(...of: Parameters<typeof stageOf>) => Omit<Stage, 'journey'>} */
function wordsOf(claim, device) {
  switch (claim.state) {
    case 'open':
      return {tone: 'wait', heading: 'Scan or type this code', title: '', text: '', again: NEW_CODE};
    case 'pending':
      return {
        tone: 'wait',
        heading: 'Almost there',
        title: claim.decidedBy === null ? 'Waiting for approval' : 'Approved',
        text:
          claim.decidedBy === null
            ? 'The device used the code. A second person has to agree before it may connect.'
            : 'The device gets its credential when it asks again.',
        again: ANOTHER,
      };
    case 'redeemed':
      return {...redeemedWords(claim, device), again: ANOTHER};
    case 'denied':
      return ended('bad', 'The device was not approved', 'Ask whoever decides about it why.');
    case 'withdrawn':
      return ended('off', 'The code was withdrawn', 'No device can use it any more.');
    case 'expired':
      return ended('wait', 'The code has expired', 'No device used it in time.');
  }
}

/** @type {(...of: Parameters<typeof stageOf>) => Omit<Stage, 'journey' | 'again'>} */
function redeemedWords({device: id, redeemedFrom}, device) {
  const name = id ?? 'The device';
  const from = redeemedFrom === null ? '' : `It used the code from ${redeemedFrom}. `;
  if (isOnline(device))
    return {tone: 'good', heading: 'Connected', title: `${name} is online`, text: `${from}You are done.`};
  if (device?.connectivity === 'offline')
    return {
      tone: 'wait',
      heading: 'Almost there',
      title: `${name} is offline again`,
      text: 'It was online before. Look at its power and its network.',
    };
  return {
    tone: 'wait',
    heading: 'Almost there',
    title: `${name} has its credential`,
    text: `${from}This page shows when it connects.`,
  };
}

/** @type {(tone: Stage['tone'], title: string, text: string) => Omit<Stage, 'journey'>} */
const ended = (tone, title, text) => ({
  tone,
  heading: 'No device was connected',
  title,
  text,
  again: NEW_CODE,
});

/** @type {(...of: Parameters<typeof stageOf>) => Step[]} */
const journeyOf = (claim, device) => [
  {name: 'open', state: 'done', detail: timeOf(claim.createdAt)},
  {name: 'redeemed', ...useOf(claim)},
  {name: 'online', ...presenceOf(claim, device)},
];

/** @type {(claim: import('./connect.js').Claim) => Pick<Step, 'state' | 'detail'>} */
function useOf({state, redeemedAt, decidedBy}) {
  switch (state) {
    case 'open':
      return {state: 'next', detail: ''};
    case 'pending':
      return {state: 'next', detail: decidedBy === null ? 'to be approved' : 'approved'};
    case 'redeemed':
      return {state: 'done', detail: timeOf(redeemedAt)};
    default:
      return {state: '', detail: ''};
  }
}

/** @type {(...of: Parameters<typeof stageOf>) => Pick<Step, 'state' | 'detail'>} */
function presenceOf({state}, device) {
  if (isOnline(device)) return {state: 'done', detail: timeOf(device?.connectedAt ?? null)};
  return {state: state === 'redeemed' ? 'next' : '', detail: ''};
}

/** Connected; one that is stale says nothing at the moment. @param {import('./connect.js').Device | undefined} device */
const isOnline = device => device?.connectivity === 'online' || device?.connectivity === 'stale';

/** @param {string | null} at */
const timeOf = at =>
  at === null
    ? ''
    : new Date(at).toLocaleTimeString([], {hour: 'numeric', minute: '2-digit', second: '2-digit'});
