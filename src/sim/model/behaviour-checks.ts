/** Does what devices do fit what the model says that they can? */
import type {CommandSpec, PropertySpec} from '../../domain/model.js';
import {misfitText} from '../../domain/value-check.js';
import type {CommandBehaviour, FirmwareBehaviour, PropertyBehaviour, Setting} from './behaviour.js';
import type {CompiledMetric} from './compiled-metric.js';
import type {Problem} from './problem.js';
import type {SimulatedModel} from './simulated-model.js';

export function behaviourProblems(model: SimulatedModel): Problem[] {
  const {spec, behaviour} = model;
  const checks = new BehaviourChecks(model);
  for (const [name, command] of Object.entries(behaviour.commands))
    checks.command(name, command, ownOf(spec.commands, name));
  for (const [name, property] of Object.entries(behaviour.twin))
    checks.property(name, property, ownOf(spec.properties, name));
  if (behaviour.firmware) checks.firmware(behaviour.firmware);
  return checks.problems.map(({path, message}) => ({path: ['simulate', ...path], message}));
}

class BehaviourChecks {
  readonly problems: Problem[] = [];
  readonly #model: SimulatedModel;

  constructor(model: SimulatedModel) {
    this.#model = model;
  }

  command(
    name: string,
    {sets, result, fail, silent, reject}: CommandBehaviour,
    spec: CommandSpec | undefined,
  ): void {
    const path = ['commands', name];
    if (!spec) {
      this.#add(path, `the model has no such command; there are: ${listed(this.#model.spec.commands)}`);
      return;
    }
    if (fail + silent + reject > 1) this.#add(path, 'fail, silent and reject are more than 1 together');
    for (const [metric, setting] of Object.entries(sets)) {
      const here = [...path, 'sets', metric];
      const known = this.#settable(here, metric);
      const fault = known && settingFault(known, setting, spec);
      if (fault !== undefined) this.#add(here, fault);
    }
    for (const [index, metric] of (result ?? []).entries())
      if (!this.#model.metric(metric))
        this.#add([...path, 'result', index], `the model simulates no metric ${metric}`);
  }

  property(name: string, {value, metric, changes}: PropertyBehaviour, spec: PropertySpec | undefined): void {
    const path = ['twin', name];
    if (!spec) {
      this.#add(path, `the model has no such property; there are: ${listed(this.#model.spec.properties)}`);
      return;
    }
    const misfit = value === undefined ? undefined : misfitText(spec, value);
    if (misfit !== undefined) this.#add([...path, 'value'], misfit);
    if ((metric !== undefined || changes !== undefined) && spec.writable !== true)
      this.#add(path, 'is not writable, so nothing can be desired of it');
    if (changes !== undefined && spec.type === 'boolean')
      this.#add(
        [...path, 'changes'],
        `a boolean is no ${changes}: give a number of seconds, or a text such as 30s`,
      );
    if (metric === undefined) return;
    const known = this.#settable([...path, 'metric'], metric);
    if (known && isText(known.spec) !== isText(spec))
      this.#add([...path, 'metric'], `the metric is a ${known.spec.type}, and the property a ${spec.type}`);
  }

  firmware({property, command}: FirmwareBehaviour): void {
    const {properties, commands} = this.#model.spec;
    if (property !== undefined && ownOf(properties, property)?.writable !== true)
      this.#add(['firmware', 'property'], `the model has no writable property ${property}`);
    if (command === undefined) return;
    const spec = ownOf(commands, command);
    if (ownOf(spec?.args, 'version') === undefined)
      this.#add(['firmware', 'command'], `the model has no command ${command} with an argument version`);
  }

  #settable(path: Problem['path'], metric: string): CompiledMetric | undefined {
    const known = this.#model.metric(metric);
    if (!known) this.#add(path, `the model simulates no metric ${metric}`);
    else if (!known.generator.set)
      this.#add(
        path,
        'follows from other things, and cannot be set: a constant, walk, counter or markov can',
      );
    else return known;
    return undefined;
  }

  #add(path: Problem['path'], message: string): void {
    this.problems.push({path, message});
  }
}

function settingFault({spec}: CompiledMetric, setting: Setting, {args}: CommandSpec): string | undefined {
  if ('value' in setting) return misfitText(spec, setting.value);
  if ('add' in setting)
    return spec.type === 'number' || spec.type === 'integer'
      ? undefined
      : `nothing is added to a ${spec.type}`;
  const argument = ownOf(args, setting.argument);
  if (!argument) return `the command has no argument ${setting.argument}; there are: ${listed(args)}`;
  return isText(argument) === isText(spec)
    ? undefined
    : `the metric is a ${spec.type}, and the argument a ${argument.type}`;
}

const isText = ({type}: {readonly type: string}): boolean => type === 'string';

const ownOf = <Value>(
  entries: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined => (entries && Object.hasOwn(entries, name) ? entries[name] : undefined);

const listed = (entries: object | undefined): string => Object.keys(entries ?? {}).join(', ') || 'none';
