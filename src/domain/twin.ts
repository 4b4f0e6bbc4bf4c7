/**
 * A device's twin: what operators want of it (desired), what it says of itself (reported), and what is noted about it
 * without its knowledge (tags). Each has a version that grows by exactly one with each accepted change.
 */
import type {JsonObject} from './json.js';

export const TWIN_SECTIONS = ['desired', 'tags'] as const;
/** What people write; `reported` is the device's. */
export type TwinSection = (typeof TWIN_SECTIONS)[number];

export const TWIN_STATES = ['in-sync', 'pending', 'rejected'] as const;
export type TwinState = (typeof TWIN_STATES)[number];

/** What a device says of a version of its desired document. */
export interface Acknowledgement {
  readonly version: number;
  readonly status: 'applied' | 'rejected';
  readonly reason: string | null;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** Of one value: when it was set (Unix milliseconds), by whom, and the version that did. */
export type Mark = readonly [atMs: number, by: string, version: number];

/** The shape of its document, with a mark for each value. An object is a level, an array is a mark. */
export interface Marks {
  readonly [key: string]: Marks | Mark;
}

export interface Versioned {
  readonly version: number;
  readonly document: JsonObject;
  readonly marks: Marks;
}

/** A twin as it is kept. */
export interface StoredTwin {
  /** What the device is told: `own`, with configurations laid over it. */
  readonly desired: Versioned;
  /** What operators set; the same as the desired document where no configuration is laid. */
  readonly own: JsonObject;
  readonly reported: Versioned;
  readonly tags: Versioned;
  readonly acknowledged: Acknowledgement | undefined;
  readonly state: TwinState;
  /** Since when, in Unix milliseconds; undefined where nothing ever happened. */
  readonly stateMs: number | undefined;
  /** Position in the event stream of the last report in it; one that is read again is not applied again. */
  readonly reportedOffset: number;
}

const BLANK: Versioned = {version: 0, document: {}, marks: {}};

/** Of a device of which nobody said anything yet. */
export const BLANK_TWIN: StoredTwin = {
  desired: BLANK,
  own: {},
  reported: BLANK,
  tags: BLANK,
  acknowledged: undefined,
  state: 'in-sync',
  stateMs: undefined,
  reportedOffset: -1,
};

/** When and by whom a value was set. A key cannot hold a `$`, so these are told from values. */
export interface MarkView {
  readonly $at: string;
  readonly $by: string;
  readonly $version: number;
}

export interface SectionView {
  readonly version: number;
  readonly properties: JsonObject;
  /** As deep as the properties, with a `MarkView` for each value. */
  readonly metadata: JsonObject;
}

/** Keys of JSON as printed by `iotctl device twin show -o json`. Times are RFC 3339 in UTC. */
export interface Twin {
  readonly device: string;
  readonly tenant: string;
  readonly desired: SectionView & {
    /** What operators set, without configurations. */
    readonly own: JsonObject;
  };
  readonly reported: SectionView;
  readonly tags: SectionView;
  /** Every value of `desired` that the device does not report so. */
  readonly delta: JsonObject;
  readonly state: TwinState;
  readonly stateSince: string | null;
  readonly acknowledged: {
    readonly version: number;
    readonly status: Acknowledgement['status'];
    readonly reason: string | null;
    readonly at: string;
  } | null;
}
