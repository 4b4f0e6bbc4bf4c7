/** What becomes of a twin: each function gives the twin after a change, and changes nothing itself. */
import {IotctlError} from './errors.js';
import {type JsonObject, sameJson} from './json.js';
import {mergePatch} from './merge-patch.js';
import type {StoredTwin, Versioned} from './twin.js';
import {stateOf} from './twin-delta.js';
import {documentFault, type TWIN_BYTES_MAX} from './twin-limits.js';
import {markChanges} from './twin-marks.js';
import type {Report} from './twin-report.js';

export interface ChangedBy {
  /** `user:ann`, `device`, `configuration:fast`. */
  readonly by: string;
  readonly nowMs: number;
}

/** Configurations' patches in the order in which they are laid, each over the ones before it. */
export type Layers = readonly JsonObject[];

/**
 * What operators set becomes `own`, and `layers` are laid over it. A change that changes nothing is none. Throws
 * `IOT_TWIN_LIMIT`.
 */
export function withDesired(
  twin: StoredTwin,
  {own, layers}: {own: JsonObject; layers: Layers},
  change: ChangedBy,
): StoredTwin {
  refuseFault(documentFault('desired', own));
  const document = layers.reduce(mergePatch, own);
  if (layers.length > 0) refuseFault(documentFault('desired', document));
  if (sameJson(own, twin.own) && sameJson(document, twin.desired.document)) return twin;
  return settled({...twin, own, desired: grown(twin.desired, document, change)}, change.nowMs);
}

/** Throws `IOT_TWIN_LIMIT`. */
export function withTags(twin: StoredTwin, tags: JsonObject, change: ChangedBy): StoredTwin {
  refuseFault(documentFault('tags', tags));
  return sameJson(tags, twin.tags.document) ? twin : {...twin, tags: grown(twin.tags, tags, change)};
}

/** What the device said, at that offset of the event stream. Throws `IOT_TWIN_LIMIT`. */
export function withReport(
  twin: StoredTwin,
  {patch, acknowledged: said}: Report,
  {offset, ...change}: ChangedBy & {offset: number},
): StoredTwin {
  // Of the patch itself, too: a null under a key that cannot be is no less wrong.
  refuseFault(documentFault('reported', patch));
  const document = mergePatch(twin.reported.document, patch);
  refuseFault(documentFault('reported', document));
  if (said && said.version > twin.desired.version)
    refuseFault(`$ack names version ${said.version}, and the desired one is ${twin.desired.version}`);
  const reported = sameJson(document, twin.reported.document)
    ? twin.reported
    : grown(twin.reported, document, change);
  // An answer to an older version, which comes late, says nothing about the newer one.
  const isNews = said !== undefined && said.version >= (twin.acknowledged?.version ?? 0);
  const acknowledged = isNews ? {...said, atMs: change.nowMs} : twin.acknowledged;
  return settled({...twin, reported, acknowledged, reportedOffset: offset}, change.nowMs);
}

/** As of a device that nobody has set up yet: what is noted about it stays, and versions go on, as they never go back. */
export function withNothing(twin: StoredTwin, change: ChangedBy): StoredTwin {
  const {reported} = twin;
  const cleared = sameJson(reported.document, {}) ? reported : grown(reported, {}, change);
  const begun = {...twin, reported: cleared, acknowledged: undefined};
  return settled(withDesired(begun, {own: {}, layers: []}, change), change.nowMs);
}

/** The state that follows from what is desired, reported and acknowledged, and since when it is so. */
function settled(twin: StoredTwin, nowMs: number): StoredTwin {
  const state = stateOf(twin.desired, twin.reported.document, twin.acknowledged);
  return {...twin, state, stateMs: state === twin.state ? (twin.stateMs ?? nowMs) : nowMs};
}

function grown(section: Versioned, document: JsonObject, {by, nowMs}: ChangedBy): Versioned {
  const version = section.version + 1;
  const marks = markChanges(section.document, document, section.marks, [nowMs, by, version]);
  return {version, document, marks};
}

/** Throws `IOT_TWIN_LIMIT`. */
export function checkPatch(section: keyof typeof TWIN_BYTES_MAX, patch: JsonObject): void {
  refuseFault(documentFault(section, patch));
}

function refuseFault(fault: string | undefined): void {
  if (fault !== undefined) throw new IotctlError('IOT_TWIN_LIMIT', fault);
}
