/** What devices are found and sorted by, in the words of `--where`, `--sort` and the columns of an import. */
import {ADMIN_STATES, CONNECTIVITIES, HEALTHS, LIFECYCLES} from './device.js';
import {isLabelKey} from './selector.js';

/** How a field is compared. */
export type FieldType =
  | {readonly kind: 'text'}
  | {readonly kind: 'model'}
  | {readonly kind: 'one-of'; readonly values: readonly string[]}
  /** One of several that a device has. */
  | {readonly kind: 'member'}
  | {readonly kind: 'number'}
  | {readonly kind: 'time'}
  /** A value of JSON: what it is compared with says as what. */
  | {readonly kind: 'json'};

const TEXT = {kind: 'text'} as const;
const TIME = {kind: 'time'} as const;
const NUMBER = {kind: 'number'} as const;

const PLAIN_FIELDS = {
  id: TEXT,
  model: {kind: 'model'},
  modelVersion: NUMBER,
  version: NUMBER,
  lifecycle: {kind: 'one-of', values: LIFECYCLES},
  adminState: {kind: 'one-of', values: ADMIN_STATES},
  connectivity: {kind: 'one-of', values: CONNECTIVITIES},
  health: {kind: 'one-of', values: HEALTHS},
  component: {kind: 'member'},
  via: {kind: 'member'},
  created: TIME,
  connected: TIME,
  disconnected: TIME,
  lastSeen: TIME,
  lastData: TIME,
} as const satisfies Readonly<Record<string, FieldType>>;

/** Fields of which there are many, `label.site`; of what a device reports, a path. */
const KEYED_FIELDS = {label: TEXT, metadata: TEXT, reported: {kind: 'json'}} as const satisfies Readonly<
  Record<string, FieldType>
>;

export type PlainField = keyof typeof PLAIN_FIELDS;
export type KeyedField = keyof typeof KEYED_FIELDS;

export interface KeyedDeviceField {
  readonly name: KeyedField;
  readonly key: string;
}

export type DeviceField = {readonly name: PlainField; readonly key: null} | KeyedDeviceField;

export const FIELD_NAMES: readonly string[] = [
  ...Object.keys(PLAIN_FIELDS),
  ...Object.keys(KEYED_FIELDS).map(name => `${name}.KEY`),
];

/** Undefined for what is no field. */
export function parseField(text: string): DeviceField | undefined {
  if (Object.hasOwn(PLAIN_FIELDS, text)) return {name: text as PlainField, key: null};
  const [name = ''] = text.split('.', 1);
  const key = text.slice(name.length + 1);
  if (!Object.hasOwn(KEYED_FIELDS, name)) return undefined;
  return name === 'reported' ? pathField(key) : isLabelKey(key) ? {name: name as KeyedField, key} : undefined;
}

/** `fan.speed` is the member `speed` of `fan`; a member that has a dot in its name cannot be asked for. */
const pathField = (path: string): DeviceField | undefined =>
  path.split('.').every(member => MEMBER.test(member)) ? {name: 'reported', key: path} : undefined;

const MEMBER = /^[A-Za-z0-9_-]{1,128}$/;

export const typeOfField = ({name, key}: DeviceField): FieldType =>
  key === null ? PLAIN_FIELDS[name as PlainField] : KEYED_FIELDS[name as KeyedField];
