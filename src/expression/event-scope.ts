/**
 * What an expression sees of an event. An event of several readings is looked at once for each of them; nested values
 * are reached by their path, `motor.speed`.
 */
import {eventTimeMs, type StoredEvent} from '../domain/event.js';
import {isJsonObject} from '../domain/json.js';

export type Labels = Readonly<Record<string, string>>;

/** Values by their names, without a prototype: a device may call a metric whatever it likes. */
export type Scope = Readonly<Record<string, unknown>>;

/** `type` is taken in CEL. */
export const TYPE_NAME = '$type';

/** Our own names, with their types. They go before metrics of the same name, which are found in `data`. */
export const NAMES = {
  device: 'string',
  [TYPE_NAME]: 'string',
  component: 'string',
  time: 'google.protobuf.Timestamp',
  recordedtime: 'google.protobuf.Timestamp',
  offset: 'dyn',
  labels: 'map<string, string>',
  attributes: 'map<string, string>',
  data: 'dyn',
} as const;

/** Those that are small, whatever a device sends. */
export const SCALARS: ReadonlySet<string> = new Set([
  'device',
  TYPE_NAME,
  'component',
  'time',
  'recordedtime',
]);

/**
 * One reading after another, or the event as a whole. Only `names` are filled in: that takes most of the time that a
 * look at an event takes.
 */
export const scopesOf = (event: StoredEvent, labels: Labels, names: readonly string[]): Scope[] =>
  entriesOf(event).map(data => scopeOf({event, labels, data}, names));

function entriesOf({contentType, payload}: StoredEvent): readonly unknown[] {
  if (contentType !== 'application/json' || payload.length === 0) return [undefined];
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  const value: unknown = JSON.parse(text);
  const several = Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
  return several ? value.map(valuesOf) : [valuesOf(value)];
}

/** `{"ts":…,"v":{…}}`, or plain values. */
const valuesOf = (entry: unknown): unknown =>
  isJsonObject(entry) && isJsonObject(entry.v) ? entry.v : entry;

interface Seen {
  readonly event: StoredEvent;
  readonly labels: Labels;
  readonly data: unknown;
}

const OWN: Readonly<Record<keyof typeof NAMES, (seen: Seen) => unknown>> = {
  device: ({event}) => event.device,
  [TYPE_NAME]: ({event}) => event.type,
  component: ({event}) => event.component,
  time: ({event}) => new Date(eventTimeMs(event)),
  recordedtime: ({event}) => new Date(event.recordedMs),
  offset: ({event}) => event.offset,
  labels: ({labels}) => labels,
  attributes: ({event}) => event.attributes ?? {},
  data: ({data}) => data,
};

function scopeOf(seen: Seen, names: readonly string[]): Scope {
  const scope = Object.create(null) as Record<string, unknown>;
  for (const name of names) {
    const value = isOwnName(name) ? OWN[name](seen) : told(seen, name);
    if (value !== undefined) scope[name] = value;
  }
  return scope;
}

export const isOwnName = (name: string): name is keyof typeof NAMES => Object.hasOwn(NAMES, name);

/** What the device told by that name, or else an attribute of the event. */
function told({event, data}: Seen, name: string): unknown {
  if (isJsonObject(data) && Object.hasOwn(data, name)) return data[name];
  return event.attributes && Object.hasOwn(event.attributes, name) ? event.attributes[name] : undefined;
}
