/** A model: what a kind of device says and accepts. Versions live side by side and are never changed. */

export const METRIC_TYPES = ['number', 'integer', 'boolean', 'string'] as const;
export type MetricType = (typeof METRIC_TYPES)[number];

/** A value that a device measures, takes as an argument, or has as a property. */
export interface ValueSpec {
  readonly type: MetricType;
  /** UCUM (https://ucum.org), such as `Cel`, `%`, `m/s`. */
  readonly unit?: string | undefined;
  /** Of numbers; both ends belong to the range. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Of texts: the only ones that there are. */
  readonly values?: readonly string[] | undefined;
  readonly description?: string | undefined;
}

export interface ArgumentSpec extends ValueSpec {
  readonly required?: boolean | undefined;
}

export interface PropertySpec extends ValueSpec {
  /** May the platform ask for another value? */
  readonly writable?: boolean | undefined;
}

export interface CommandSpec {
  readonly description?: string | undefined;
  readonly args?: Readonly<Record<string, ArgumentSpec>> | undefined;
}

export interface ComponentSpec {
  readonly description?: string | undefined;
  readonly metrics?: Readonly<Record<string, ValueSpec>> | undefined;
}

export interface ModelSpec {
  readonly model: string;
  readonly version: number;
  readonly description?: string | undefined;
  /** How often a device says something at least: `60s`. */
  readonly expectedInterval?: string | undefined;
  /** Of the device itself. */
  readonly metrics?: Readonly<Record<string, ValueSpec>> | undefined;
  readonly components?: Readonly<Record<string, ComponentSpec>> | undefined;
  readonly commands?: Readonly<Record<string, CommandSpec>> | undefined;
  readonly properties?: Readonly<Record<string, PropertySpec>> | undefined;
  /** How a simulated device behaves: the simulator's business. */
  readonly simulate?: unknown;
}

/** A model as the API shows it. */
export interface Model {
  readonly name: string;
  readonly version: number;
  readonly description: string | null;
  readonly expectedIntervalMs: number | null;
  readonly createdAt: string;
  readonly createdBy: string;
  /** Devices of that version. */
  readonly devices: number;
  readonly spec: ModelSpec;
}

export interface ModelRef {
  readonly name: string;
  readonly version: number;
}

/** `thermostat`, `thermostat@2`: without a version the newest one is meant. */
export function parseModelRef(text: string): {readonly name: string; readonly version: number | undefined} {
  const at = /^(.+)@(\d{1,9})$/.exec(text);
  return at ? {name: at[1]!, version: Number(at[2])} : {name: text, version: undefined};
}

/** `urn:iotctl:{tenant}:{model}:{version}`: the `dataschema` of events. */
export const dataSchemaOf = (tenant: string, {name, version}: ModelRef): string =>
  `urn:iotctl:${tenant}:${name}:${version}`;
