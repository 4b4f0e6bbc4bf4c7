/**
 * How a simulated device behaves: the section `simulate` of a model file, as it is after reading. What people write is in
 * `simulate-schema.ts`; short forms are gone here, durations are milliseconds and percentages are parts of one.
 */

export type Milliseconds = number;

/** From 0, never, to 1, always. */
export type Probability = number;

/** The same for every device, or drawn once for each from a range. */
export type Parameter = number | readonly [number, number];

/** Milliseconds, drawn anew each time; `sample` draws. */
export type Distribution =
  | {readonly shape: 'constant'; readonly value: Milliseconds}
  | {readonly shape: 'uniform'; readonly min: Milliseconds; readonly max: Milliseconds}
  | {readonly shape: 'normal'; readonly mean: Milliseconds; readonly sd: Milliseconds}
  /** `sigma` is the standard deviation of the logarithm. */
  | {readonly shape: 'lognormal'; readonly median: Milliseconds; readonly sigma: number}
  | {readonly shape: 'exponential'; readonly mean: Milliseconds};

export type Scalar = number | boolean | string;

export interface WalkSpec {
  /** The middle of its range where nothing is said. */
  readonly start?: Parameter | undefined;
  /** The most that it changes from one message to the next. */
  readonly step: Parameter;
  /** The part of its distance from `around` that it goes back with each message. */
  readonly reversion?: Parameter | undefined;
  /** Its start where nothing is said. */
  readonly around?: Parameter | undefined;
  /** Narrower than the metric's own. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export interface SineSpec {
  readonly period: Milliseconds;
  readonly mean: Parameter;
  readonly amplitude: Parameter;
  /** In periods. */
  readonly phase?: Parameter | undefined;
  /** Standard deviation of what is added to each value. */
  readonly noise?: Parameter | undefined;
}

export interface DiurnalSpec {
  /** Around the peak it is `high`, twelve hours from it `low`. */
  readonly low?: Parameter | undefined;
  readonly high?: Parameter | undefined;
  /** Local hour, 0 to 24. */
  readonly peak?: Parameter | undefined;
  /** Instead of these: values at points that are spread evenly over the day, from midnight. */
  readonly hours?: readonly number[] | undefined;
  /** A factor of the whole. */
  readonly scale?: Parameter | undefined;
  /** Factors from Monday on. */
  readonly weekdays?: readonly number[] | undefined;
  readonly noise?: Parameter | undefined;
}

export interface NormalSpec {
  readonly mean: Parameter;
  readonly sd: Parameter;
}

export interface UniformSpec {
  readonly min: Parameter;
  readonly max: Parameter;
}

/** Choices with their weights. */
export type EnumSpec = ReadonlyMap<string, number>;

export interface MarkovSpec {
  /** The first one where nothing is said. */
  readonly start?: string | undefined;
  /** Of each state: how likely which one follows. */
  readonly states: Readonly<Record<string, Readonly<Record<string, Probability>>>>;
  /** How long it stays; without it every message is a transition. */
  readonly dwell?: Readonly<Record<string, Distribution>> | undefined;
}

export interface CounterSpec {
  readonly start?: Parameter | undefined;
  /** A number, or an expression. */
  readonly by: Parameter | string;
  /** What `by` is of: of this time, or of each message where nothing is said. */
  readonly per?: Milliseconds | undefined;
  /** Whole events that come by chance, `by` of them on average. */
  readonly random?: boolean | undefined;
  /** It begins at 0 again when it reaches this. */
  readonly wrap?: number | undefined;
  /** It begins at 0 again at local midnight, or after this time. */
  readonly reset?: 'daily' | Milliseconds | undefined;
}

export interface SequenceSpec {
  readonly values: readonly Scalar[];
  /** One value lasts so long; one message where nothing is said. */
  readonly each?: Milliseconds | undefined;
  readonly loop: boolean;
}

export interface ExpressionSpec {
  readonly formula: string;
  /** Before the first message. */
  readonly start?: Scalar | undefined;
}

export interface RoutePoint {
  readonly lat: number;
  readonly lon: number;
  /** Metres. */
  readonly alt?: number | undefined;
  /** How long it stands there. */
  readonly stop?: Milliseconds | undefined;
}

/** What a route tells, by the metrics that tell it. */
export type RouteMetrics = Readonly<
  Partial<Record<'lat' | 'lon' | 'alt' | 'speed' | 'heading' | 'stopped', string | undefined>>
>;

export interface RouteSpec {
  readonly points: readonly RoutePoint[];
  /** km/h */
  readonly speed: Parameter;
  /** After the last point: on to the first one, back the way it came, or nowhere. */
  readonly end: 'loop' | 'back' | 'stop';
  /** Standard deviation of a position, in metres. */
  readonly noise: Parameter;
  /** Where it begins, as a part of the way. */
  readonly start: Parameter;
  /** Without them, of `position` they are `position.lat`, `position.lon` and so on, as far as the model has these. */
  readonly metrics?: RouteMetrics | undefined;
}

export interface ReplaySpec {
  /** CSV or Parquet, beside the model's file. */
  readonly file: string;
  readonly column: string;
  /** A column of times; without one each message has the next row. */
  readonly time?: string | undefined;
  /** How much faster than it was recorded. */
  readonly speed: number;
  readonly loop: boolean;
  /** What was read. */
  readonly samples?:
    | {
        readonly values: readonly (Scalar | null)[];
        /** Unix milliseconds that never go back. */
        readonly timesMs?: readonly number[] | undefined;
      }
    | undefined;
}

/** Exactly one of the generators. */
export interface MetricBehaviour {
  readonly constant?: Scalar | readonly [number, number] | undefined;
  readonly walk?: WalkSpec | undefined;
  readonly sine?: SineSpec | undefined;
  readonly diurnal?: DiurnalSpec | undefined;
  readonly normal?: NormalSpec | undefined;
  readonly uniform?: UniformSpec | undefined;
  readonly enum?: EnumSpec | undefined;
  readonly markov?: MarkovSpec | undefined;
  readonly counter?: CounterSpec | undefined;
  readonly sequence?: SequenceSpec | undefined;
  readonly expression?: ExpressionSpec | undefined;
  readonly replay?: ReplaySpec | undefined;
  /** Of several metrics. */
  readonly route?: RouteSpec | undefined;
  /** A value of a metric that is a text, an expression for any other. */
  readonly text?: string | undefined;
  /** Digits behind the point. */
  readonly digits?: number | undefined;
}

/** Null: this metric is never sent. */
export type MetricBehaviours = Readonly<Record<string, MetricBehaviour | null>>;

export interface ComponentBehaviour {
  /** The device's own where nothing is said. */
  readonly interval?: Milliseconds | undefined;
  readonly metrics?: MetricBehaviours | undefined;
}

/** Where a metric's new value comes from. */
export type Setting = {readonly argument: string} | {readonly value: Scalar} | {readonly add: number};

export interface CommandBehaviour {
  /** From the command to its result. */
  readonly latency: Distribution;
  readonly fail: Probability;
  /** Neither an acknowledgement nor a result. */
  readonly silent: Probability;
  readonly reject: Probability;
  /** What it says when it fails or rejects. */
  readonly reason?: string | undefined;
  /** By metric, `component.metric` for one of a component. */
  readonly sets: Readonly<Record<string, Setting>>;
  /** Metrics whose values the result carries; those that were set where nothing is said. */
  readonly result?: readonly string[] | undefined;
}

export interface PropertyBehaviour {
  /** What the device reports before anybody asked for anything. */
  readonly value?: Scalar | undefined;
  /** The metric that becomes what is desired. */
  readonly metric?: string | undefined;
  /** What of the device's schedule becomes it. */
  readonly changes?: 'interval' | 'heartbeat' | undefined;
  /** From hearing of it to reporting it. */
  readonly latency: Distribution;
  readonly reject: Probability;
  readonly reason?: string | undefined;
}

/** An update begins with the desired property, or the command, whose value or argument `version` is the new version. */
export interface FirmwareBehaviour {
  readonly version: string;
  readonly property?: string | undefined;
  readonly command?: string | undefined;
  readonly download: Distribution;
  readonly apply: Distribution;
  readonly fail: Probability;
}

/** A device that is connected only now and then. */
export interface SleepBehaviour {
  readonly awake: Distribution;
  readonly asleep: Distribution;
}

export interface SimulateSpec {
  /** Between two messages of telemetry; the model's `expectedInterval` where nothing is said. */
  readonly interval?: Milliseconds | undefined;
  /** The part of the interval by which a message is early or late. */
  readonly jitter: Probability;
  readonly heartbeat?: Milliseconds | undefined;
  /** IANA name, for what goes by local time. */
  readonly timezone: string;
  readonly metrics: MetricBehaviours;
  /** Numbers that are made with each of the device's own messages and not told: expressions may use them. */
  readonly variables: MetricBehaviours;
  readonly components: Readonly<Record<string, ComponentBehaviour>>;
  readonly commands: Readonly<Record<string, CommandBehaviour>>;
  readonly twin: Readonly<Record<string, PropertyBehaviour>>;
  readonly firmware?: FirmwareBehaviour | undefined;
  readonly sleep?: SleepBehaviour | undefined;
}
