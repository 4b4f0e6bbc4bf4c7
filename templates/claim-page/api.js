/** Asks the platform that served this page, and nobody else. */

const TIMEOUT_MS = 15_000;

/** What the platform said no to, with its code (RFC 9457). */
export class Refusal extends Error {
  /** @param {{status: number, code: string, detail: string, waitSec: number | undefined}} answer */
  constructor({status, code, detail, waitSec}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.waitSec = waitSec;
  }
}

/** No answer, or one that is not the platform's. */
export class Unreachable extends Error {}

/**
 * How far this clock is behind the platform's; a phone's may be minutes off. `Date` has whole seconds and took its time on
 * the way, so that each answer says at most how far: the highest is nearest.
 */
let behindMs = Number.NEGATIVE_INFINITY;

/** Only after an answer. */
export const platformNowMs = () => Date.now() + behindMs;

/**
 * @param {'GET' | 'POST'} method
 * @param {string} path
 * @param {{token?: string | undefined, body?: object, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} the JSON of the answer; throws `Refusal` or `Unreachable`
 */
export async function ask(method, path, {token, body, signal} = {}) {
  const answer = await reach(path, {
    method,
    headers: {
      ...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
      ...(body === undefined ? {} : {'content-type': 'application/json'}),
    },
    body: body === undefined ? null : JSON.stringify(body),
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
  });
  setClock(answer);
  if (answer.status === 204) return undefined;
  const json = await answer.json().catch(() => undefined);
  if (json === undefined) throw new Unreachable('not an answer of the platform');
  if (answer.ok) return json;
  const waitSec = Number.parseInt(answer.headers.get('retry-after') ?? '', 10);
  throw new Refusal({
    status: answer.status,
    code: String(json.code),
    detail: String(json.detail),
    waitSec: Number.isNaN(waitSec) ? undefined : waitSec,
  });
}

/**
 * @param {string} path
 * @param {RequestInit} request
 */
async function reach(path, request) {
  try {
    return await fetch(path, request);
  } catch (error) {
    throw new Unreachable(String(error));
  }
}

/** @param {Response} answer */
function setClock({headers}) {
  const theirsMs = Date.parse(headers.get('date') ?? '');
  if (!Number.isNaN(theirsMs)) behindMs = Math.max(behindMs, theirsMs - Date.now());
}
