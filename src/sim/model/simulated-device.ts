/** One simulated device: what it measures, and what commands and faults do to that. No socket, no clock. */

import {argumentFault} from '../../domain/value-check.js';
import type {PayloadSource} from '../wire/payload-source.js';
import type {CommandBehaviour, Distribution, Scalar, Setting} from './behaviour.js';
import type {CompiledMetric} from './compiled-metric.js';
import type {DeviceState} from './device-state.js';
import {sample} from './distribution.js';
import {numberOfValue} from './generator.js';
import {type Alteration, type Distortion, GroupPayloads} from './group-payloads.js';
import {draw} from './random-stream.js';
import type {SimulatedModel} from './simulated-model.js';
import {TEXT_CHARACTERS_MAX} from './value-format.js';

export type CommandEffect =
  | {readonly done: true; readonly data: Readonly<Record<string, Scalar>> | undefined}
  | {readonly done: false; readonly code: 'unknown-command' | 'invalid-argument'; readonly reason: string};

export class SimulatedDevice {
  readonly #model: SimulatedModel;
  readonly #state: DeviceState;
  #distortion: Distortion | undefined;

  constructor(model: SimulatedModel, state: DeviceState) {
    this.#model = model;
    this.#state = state;
  }

  /** Payloads of the device itself, or of a component; undefined where it has no metrics. Ask once: each has a state. */
  payloads(component = ''): PayloadSource | undefined {
    const group = this.#model.groups.find(one => one.component === component);
    return group && new GroupPayloads(group, this.#state, () => this.#distortion);
  }

  /** The last value of a metric, `motor.rpm` for one of a component. */
  value(name: string): Scalar | undefined {
    const metric = this.#model.metric(name);
    return metric && this.#scalarOf(metric);
  }

  /** Puts a value in place, within the metric's bounds; gives back in words why it cannot. */
  set(name: string, value: unknown): string | undefined {
    const metric = this.#model.metric(name);
    if (!metric) return `no metric ${name}`;
    if (!metric.generator.set) return `${name} follows from other things, and cannot be set`;
    if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string')
      return `${name} cannot become ${JSON.stringify(value)}`;
    if (typeof value === 'string' && value.length > TEXT_CHARACTERS_MAX)
      return `a text of more than ${TEXT_CHARACTERS_MAX} characters`;
    try {
      const number = metric.format.bounded(
        numberOfValue({spec: metric.spec, texts: this.#model.texts}, value),
      );
      metric.generator.set(this.#state, number);
      this.#state.numbers[metric.value] = number;
      return undefined;
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
  }

  /** What a command does, now; when it answers, and whether it does at all, is another's business. */
  command(name: string, data: unknown): CommandEffect {
    const {spec, behaviour} = this.#model;
    const known = spec.commands && Object.hasOwn(spec.commands, name) ? spec.commands[name] : undefined;
    if (!known) return {done: false, code: 'unknown-command', reason: `no command ${name}`};
    const effects = Object.hasOwn(behaviour.commands, name) ? behaviour.commands[name] : undefined;
    const fault = argumentFault(known, data) ?? this.#apply(effects, data);
    if (fault !== undefined) return {done: false, code: 'invalid-argument', reason: fault};
    const told = effects?.result ?? Object.keys(effects?.sets ?? {});
    if (told.length === 0) return {done: true, data: undefined};
    return {done: true, data: Object.fromEntries(told.map(metric => [metric, this.value(metric)!]))};
  }

  /** From now on, until it is called without one. Throws a RangeError where there is no such metric. */
  alter(name: string, alteration: Alteration | undefined): void {
    const metric = this.#model.metric(name);
    if (!metric) throw new RangeError(`no metric ${name}`);
    this.#distortion ??= {clockSkewMs: 0, alterations: []};
    this.#distortion.alterations[metric.number] = alteration;
  }

  /** Its clock is wrong by that much: the time that it tells, not when things happen. */
  set clockSkewMs(skewMs: number) {
    this.#distortion ??= {clockSkewMs: 0, alterations: []};
    this.#distortion.clockSkewMs = skewMs;
  }

  /** From 0 to below 1, for what a device does by chance: its own numbers, which its values do not depend on. */
  chance(): number {
    return draw(this.#state.numbers, this.#model.stream);
  }

  /** Milliseconds. */
  sample(distribution: Distribution): number {
    return sample(distribution, this.#state.numbers, this.#model.stream);
  }

  #apply(effects: CommandBehaviour | undefined, data: unknown): string | undefined {
    for (const [metric, setting] of Object.entries(effects?.sets ?? {})) {
      const wanted = this.#wanted(metric, setting, data);
      const fault = wanted === undefined ? undefined : this.set(metric, wanted);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** An argument that is not given leaves the metric as it is. */
  #wanted(metric: string, setting: Setting, data: unknown): unknown {
    if ('value' in setting) return setting.value;
    if ('add' in setting) return Number(this.value(metric)) + setting.add;
    return (data as Readonly<Record<string, unknown>> | null | undefined)?.[setting.argument];
  }

  #scalarOf({spec: {type}, value}: CompiledMetric): Scalar {
    const number = this.#state.numbers[value]!;
    if (type === 'boolean') return number !== 0;
    return type === 'string' ? this.#model.texts.textOf(number) : number;
  }
}
