/** Consumers: who gets the events of a tenant without asking, from the platform itself; at least once, in the order of each device. */
import {IotctlError} from './errors.js';

export const CONSUMER_KINDS = ['webhook', 'mqtt', 'file', 'exec'] as const;

/** How events travel over HTTP: in a JSON document each, several in one, or as headers and data. */
export const DELIVERY_MODES = ['structured', 'batch', 'binary'] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];

export type ConsumerState = 'running' | 'paused';

/** One that should run and does not get on is failing. */
export const SHOWN_STATES = ['running', 'failing', 'paused'] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

/** Where events go. Nothing in it is secret: addresses are shown without what stands behind `?`. */
export type ConsumerTarget =
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly mode: DeliveryMode;
      readonly allowPrivate: boolean;
    }
  | {
      readonly kind: 'mqtt';
      readonly url: string;
      /** See `consumer-topic.ts`. */
      readonly topic: string;
      readonly username: string | null;
      readonly allowPrivate: boolean;
    }
  | {
      readonly kind: 'file';
      /** A file is closed, and the next one begun, when it is so large, or so old. */
      readonly rotateBytes: number;
      readonly rotateMs: number;
    }
  | {readonly kind: 'exec'; readonly command: string};

/** What the platform has to know beside that, and shows to nobody. */
export interface ConsumerSecret {
  /** Whole, where a part of it is not shown. */
  readonly url?: string | undefined;
  /** `whsec_…` of Standard Webhooks. */
  readonly signingSecret?: string | undefined;
  /** The value of the header of that name. */
  readonly authorization?: string | undefined;
  readonly password?: string | undefined;
  /** Authorities in PEM that are trusted instead of the system's. */
  readonly caPem?: string | undefined;
}

/** Which events; everything that is given has to hold. */
export interface ConsumerFilter {
  /** See `event-types.ts`. */
  readonly type?: string | undefined;
  readonly device?: string | undefined;
  /** See `selector.ts`. */
  readonly selector?: string | undefined;
  /** The name of a model. */
  readonly model?: string | undefined;
  /** A condition on events, and one on those that are left out. */
  readonly where?: string | undefined;
  readonly exclude?: string | undefined;
}

/** How it is tried. */
export interface ConsumerPace {
  /** How often one event may be refused before it is put aside. */
  readonly attempts: number;
  readonly timeoutMs: number;
  /** Deliveries at one time, each of other devices. */
  readonly atOnce: number;
}

export interface Consumer {
  readonly name: string;
  readonly target: ConsumerTarget;
  readonly filter: ConsumerFilter;
  readonly pace: ConsumerPace;
  readonly state: ConsumerState;
  /** Why it does not get on just now, and since when; null where nothing is wrong. */
  readonly problem: string | null;
  readonly problemSince: string | null;
  /** Everything up to there is delivered or put aside; -1 is before the first. */
  readonly offset: number;
  readonly movedAt: string;
  readonly deadLetters: number;
  /** When events were gone last before it had read them; null where that never was. */
  readonly gapAt: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** An event that a consumer could not deliver, and that is kept until somebody decides. */
export interface DeadLetter {
  readonly offset: number;
  readonly device: string;
  readonly type: string;
  /** Why it was refused last, and how often. */
  readonly reason: string;
  readonly attempts: number;
  readonly failedAt: string;
  /** It is on its way again. */
  readonly replaying: boolean;
}

export function shownStateOf({state, problem}: Pick<Consumer, 'state' | 'problem'>): ShownState {
  if (state === 'paused') return 'paused';
  return problem === null ? 'running' : 'failing';
}

/** Of a tenant. */
export const CONSUMERS_MAX = 20;

/** Of a consumer: when there are as many, or as much, it waits. */
export const DEAD_LETTERS_MAX = 10_000;
export const DEAD_LETTER_BYTES_MAX = 64 * 2 ** 20;

export const DEFAULT_PACE: ConsumerPace = {attempts: 5, timeoutMs: 10_000, atOnce: 8};

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** It becomes the name of a folder. Throws `IOT_REQUEST_INVALID`. */
export function checkConsumerName(name: string): void {
  if (!NAME.test(name))
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `not a name of a consumer: ${JSON.stringify(name.slice(0, 80))}; use 1 to 64 of a-z, 0-9, ., _ and -`,
    );
}

/** As it may be shown: what stands behind `?` can be a secret. */
export function shownAddress(text: string): string {
  const url = new URL(text);
  const query = url.search === '' ? '' : '?…';
  url.search = '';
  url.hash = '';
  return `${url.href}${query}`;
}

/** Throws `IOT_REQUEST_INVALID` for what is no address of that kind, or holds a login. */
export function checkAddress(text: string, schemes: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !schemes.includes(url.protocol) || url.hostname === '')
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `not an address with ${schemes.map(scheme => `${scheme}//`).join(' or ')}`,
    );
  if (url.username !== '' || url.password !== '')
    throw new IotctlError('IOT_REQUEST_INVALID', 'an address may hold no login: it would be shown to others');
  return url;
}
