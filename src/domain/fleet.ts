/**
 * A fleet as a file describes it: what should be there, and how. What the file does not name stays as it is, and nothing
 * is taken away because it is not named.
 */
import {type Configuration, type ConfigurationSpec, defaultRejectedMax} from './configuration.js';
import type {Device, DeviceComponent} from './device.js';
import {type Difference, differences} from './differences.js';
import type {EnrolmentGroup} from './enrolment.js';
import type {ModelSpec} from './model.js';

/** A field that is there is the whole of it: labels that it does not have go. */
export interface FleetDevice {
  readonly id: string;
  /** `pump` is the newest version, `pump@2` that one; null is none. */
  readonly model?: string | null | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly components?: Readonly<Record<string, DeviceComponent>> | undefined;
  readonly via?: readonly string[] | undefined;
  /** What it gets when it is made; one that is there keeps what it has. */
  readonly credential?: 'secret' | 'token' | 'none' | undefined;
}

/** An enrolment group is made, and not changed: whoever has its key counts on it. */
export interface FleetGroup {
  readonly name: string;
  /** The id of an authority; without it the group has a key. */
  readonly authority?: string | undefined;
  readonly model?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly approval?: EnrolmentGroup['approval'] | undefined;
  readonly webhook?: string | undefined;
  readonly allowPrivate?: boolean | undefined;
  readonly reprovision?: EnrolmentGroup['reprovision'] | undefined;
}

/** What is there is the whole of it: what is left out is as `config apply` has it by itself. */
export type FleetConfiguration = Pick<ConfigurationSpec, 'name' | 'selector' | 'patch'> & {
  readonly priority?: number | undefined;
  readonly stages?: readonly number[] | undefined;
  readonly rejectedPercentMax?: number | undefined;
};

export interface Fleet {
  readonly models?: readonly ModelSpec[] | undefined;
  readonly groups?: readonly FleetGroup[] | undefined;
  readonly devices?: readonly FleetDevice[] | undefined;
  readonly configurations?: readonly FleetConfiguration[] | undefined;
}

export const FLEET_KINDS = ['model', 'group', 'device', 'configuration'] as const;
export type FleetKind = (typeof FLEET_KINDS)[number];

/** What has to be done so that one thing is as the file says; `none` where it is already. */
export interface FleetStep {
  readonly kind: FleetKind;
  /** `pump@2`, `pump-7`. */
  readonly id: string;
  readonly action: 'create' | 'update' | 'none';
  readonly changes: readonly Difference[];
  /** Of a device that is there: the version that was compared. */
  readonly version?: number | undefined;
}

/** A model's reference as it will be understood: its version, or null for a name that nobody described. */
export type ModelVersion = {readonly model: string | null; readonly modelVersion: number | null};

/** `present` is the device as it is, or undefined; `model` what the file's reference means, where it has one. */
export function deviceStep(
  wanted: FleetDevice,
  present: Device | undefined,
  model: ModelVersion | undefined,
): FleetStep {
  const step = {kind: 'device', id: wanted.id} as const;
  if (!present) return {...step, action: 'create', changes: []};
  const fields = (['labels', 'metadata', 'components', 'via'] as const).filter(
    field => wanted[field] !== undefined,
  );
  const changes = fields.flatMap(field => differences(present[field], wanted[field], field));
  if (model && (model.model !== present.model || model.modelVersion !== present.modelVersion))
    changes.unshift({path: 'model', from: referenceOf(present), to: referenceOf(model)});
  return {...step, action: changes.length > 0 ? 'update' : 'none', changes, version: present.version};
}

export function groupStep(wanted: FleetGroup, present: EnrolmentGroup | undefined): FleetStep {
  const step = {kind: 'group', id: wanted.name} as const;
  if (!present) return {...step, action: 'create', changes: []};
  const said = {authority: null, ...wanted};
  const changes = Object.entries(said)
    .filter(([field, value]) => field !== 'name' && value !== undefined)
    .flatMap(([field, value]) => differences(present[field as keyof EnrolmentGroup], value, field));
  return {...step, action: changes.length > 0 ? 'update' : 'none', changes};
}

export function configurationStep(wanted: FleetConfiguration, present: Configuration | undefined): FleetStep {
  const step = {kind: 'configuration', id: wanted.name} as const;
  if (!present || present.state === 'withdrawing') return {...step, action: 'create', changes: []};
  const {selector, priority, patch, stages, rejectedPercentMax} = present;
  const changes = differences({selector, priority, patch, stages, rejectedPercentMax}, wholeOf(wanted));
  return {...step, action: changes.length > 0 ? 'update' : 'none', changes};
}

function wholeOf({selector, patch, priority = 0, stages = [100], ...rest}: FleetConfiguration) {
  const {rejectedPercentMax = defaultRejectedMax(stages)} = rest;
  return {selector, priority, patch, stages, rejectedPercentMax};
}

const referenceOf = ({model, modelVersion}: ModelVersion): string | null =>
  model === null || modelVersion === null ? model : `${model}@${modelVersion}`;
