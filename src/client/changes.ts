/** The one place that decides which requests change something, and what may be done about them before and after. */
import {IotctlError} from '../domain/errors.js';

export interface ChangeOutcome {
  /** `refused` is an answer that is a failure; without an answer nobody can say, and it is `unknown`. */
  readonly outcome: 'done' | 'refused' | 'unknown';
  /** HTTP status of the answer; null where none came. */
  readonly status: number | null;
  /** The code of the failure; null where it succeeded. */
  readonly code: string | null;
  /** The id under which the platform's log knows it, where the answer has one. */
  readonly traceId: string | null;
}

export type EndChange = (outcome: ChangeOutcome) => void;

/** Called before a change, which it may prevent by throwing; what it gives back is called with the outcome. */
export type BeginChange = (method: string, path: string) => Promise<EndChange>;

const READING_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** POST because what is asked is too long for a URL; they read all the same. */
const READING_POSTS: readonly string[] = [
  '/v1/query',
  '/v1/stats',
  '/v1/episodes',
  '/v1/models/check',
  '/v1/fleet/plan',
  '/v1/devices/import/check',
];

/** Parts of what was begun by a request that is one itself. */
const PARTS = /^\/v1\/(?:uploads\/[^/]+\/parts\/\d+|files\/[^/]+\/content)$/;

/** Where a reader is changes nothing for others, and is said every second. */
const isPosition = (method: string, path: string): boolean =>
  method === 'PUT' && path.startsWith('/v1/cursors/');

export const isChange = (method: string, path: string): boolean =>
  !READING_METHODS.includes(method) &&
  !(method === 'POST' && READING_POSTS.includes(path)) &&
  !PARTS.test(path) &&
  !isPosition(method, path);

/** `what` is what would have been done: a method and a path, or `publish to a/b`. */
export const readOnlyRefusal = (context: string, what: string): IotctlError =>
  new IotctlError('IOT_CONTEXT_READ_ONLY', `context ${context} is read-only: ${what} was not sent`);
