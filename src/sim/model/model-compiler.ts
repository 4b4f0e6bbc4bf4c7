/** Compiles the metrics of a model, and finds what of them does not fit. */
import type {ModelSpec, ValueSpec} from '../../domain/model.js';
import type {MetricBehaviours, SimulateSpec} from './behaviour.js';
import {compileGenerator} from './compile-generator.js';
import type {CompiledMetric, MetricGroup} from './compiled-metric.js';
import {defaultBehaviour} from './default-behaviour.js';
import {Layout} from './device-state.js';
import {EvaluationOrder} from './evaluation-order.js';
import type {GeneratorContext} from './generator.js';
import {ROUTE_DIGITS} from './generators/route-metric.js';
import {LocalClock} from './local-clock.js';
import {findDraft, type MetricDraft} from './metric-draft.js';
import type {Problem} from './problem.js';
import {keyOf, STREAM_PLACES} from './random-stream.js';
import {type RouteShare, sharesOf} from './route-plan.js';
import {TextTable} from './text-table.js';
import {ValueFormat} from './value-format.js';

/** `{"ts":-9007199254740991,"v":{}}` */
const FRAME_BYTES_MAX = 40;

type Metrics = Readonly<Record<string, ValueSpec>>;
type Path = Problem['path'];

export class ModelCompiler {
  readonly layout = new Layout();
  readonly texts = new TextTable();
  readonly problems: Problem[] = [];
  readonly metrics: CompiledMetric[] = [];
  /** Random streams, and what keeps them apart. */
  readonly streams: {readonly at: number; readonly key: readonly [number, number]}[] = [];
  readonly #drafts: MetricDraft[] = [];
  readonly #clock: LocalClock;

  constructor({timezone}: SimulateSpec) {
    this.#clock = new LocalClock(timezone);
  }

  /** The device's own metrics first, then those of its components. */
  groups({metrics = {}, components = {}}: ModelSpec, simulate: SimulateSpec): MetricGroup[] {
    this.#draftGroup('', metrics, simulate.metrics, ['metrics']);
    this.#draftVariables(simulate.variables, metrics);
    for (const [name, spec] of Object.entries(components))
      this.#draftGroup(name, spec.metrics ?? {}, simulate.components[name]?.metrics ?? {}, [
        'components',
        name,
        'metrics',
      ]);
    for (const name of Object.keys(simulate.components))
      if (!Object.hasOwn(components, name))
        this.#problem(
          ['components', name],
          `the model has no such component; there are: ${listed(components)}`,
        );
    return ['', ...Object.keys(components)].flatMap(component => this.#group(component));
  }

  /** A new random stream; its name keeps it apart from others of the same device. */
  stream(name: string): number {
    const at = this.layout.take(STREAM_PLACES);
    this.streams.push({at, key: keyOf(name)});
    return at;
  }

  #problem(path: Path, message: string): void {
    this.problems.push({path: ['simulate', ...path], message});
  }

  /** What throws a RangeError is a problem there. */
  #attempt<Result>(path: Path, compile: () => Result): Result | undefined {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#problem(path, error.message);
      return undefined;
    }
  }

  #draftGroup(component: string, specs: Metrics, behaviours: MetricBehaviours, path: Path): void {
    const shares = this.#shares(specs, behaviours, path);
    for (const [name, spec] of Object.entries(specs)) {
      const own = Object.hasOwn(behaviours, name) ? behaviours[name] : undefined;
      const share = shares.get(name);
      if (share && own !== undefined) this.#problem([...path, name], 'is made by a route already');
      const behaviour = share ?? (own === undefined ? defaultBehaviour(spec) : own);
      if (behaviour !== null)
        this.#draft({component, name, spec, behaviour, isTold: true, path: [...path, name]});
    }
  }

  #draftVariables(variables: MetricBehaviours, metrics: Metrics): void {
    for (const [name, behaviour] of Object.entries(variables)) {
      const path = ['variables', name];
      if (Object.hasOwn(metrics, name)) this.#problem(path, 'is a metric of the model already');
      else if (behaviour === null || behaviour.route) this.#problem(path, 'a variable is a number');
      else this.#draft({component: '', name, spec: {type: 'number'}, behaviour, isTold: false, path});
    }
  }

  #draft(known: Pick<MetricDraft, 'component' | 'name' | 'spec' | 'behaviour' | 'isTold' | 'path'>): void {
    this.#drafts.push({
      ...known,
      stream: this.stream(`${known.component}/${known.name}`),
      value: this.layout.take(),
      uses: new Set(),
      before: undefined,
      readsItself: false,
    });
  }

  #shares(specs: Metrics, behaviours: MetricBehaviours, path: Path): Map<string, RouteShare> {
    const all = new Map<string, RouteShare>();
    for (const [name, behaviour] of Object.entries(behaviours)) {
      const here = [...path, name];
      const route = behaviour?.route;
      if (route === undefined) {
        if (!Object.hasOwn(specs, name))
          this.#problem(here, `the model has no such metric; there are: ${listed(specs)}`);
        continue;
      }
      const shares = this.#attempt(here, () =>
        sharesOf(name, route, specs, this.layout, this.stream(`${path.join('/')}/${name}`)),
      );
      for (const [metric, share] of shares ?? []) all.set(metric, share);
    }
    return all;
  }

  #group(component: string): MetricGroup[] {
    const drafts = this.#drafts.filter(draft => draft.component === component);
    const metrics = new Map<MetricDraft, CompiledMetric>();
    for (const draft of drafts) {
      const metric = this.#attempt(draft.path, () => this.#compile(draft));
      if (metric) metrics.set(draft, metric);
    }
    const evaluation = new EvaluationOrder();
    for (const draft of drafts) this.#attempt(draft.path, () => evaluation.add(draft));
    const told = [...metrics.values()].filter(({isTold}) => isTold);
    if (told.length === 0) return [];
    return [
      {
        component,
        metrics: told,
        order: evaluation.order.flatMap(draft => metrics.get(draft) ?? []),
        kept: drafts.flatMap(({value, before}) => (before === undefined ? [] : [{from: value, to: before}])),
        lastTime: this.layout.take(),
        bytesMax: told.reduce(
          (sum, {label, format}) => sum + label.length + 1 + format.bytesMax,
          FRAME_BYTES_MAX,
        ),
      },
    ];
  }

  #compile(draft: MetricDraft): CompiledMetric {
    const {name, component, spec, isTold, value, behaviour} = draft;
    const metric = {
      name,
      component,
      spec,
      isTold,
      number: this.metrics.length,
      label: Buffer.from(`${JSON.stringify(name)}:`),
      value,
      generator: compileGenerator(this.#context(draft), behaviour),
      format: new ValueFormat(spec, this.texts, digitsOf(draft)),
    };
    this.metrics.push(metric);
    return metric;
  }

  #context(draft: MetricDraft): GeneratorContext {
    const {spec, stream} = draft;
    return {
      layout: this.layout,
      stream,
      spec,
      clock: this.#clock,
      texts: this.texts,
      find: (name, when) => this.#find(draft, name, when),
      readsItself: () => draft.readsItself,
    };
  }

  #find(draft: MetricDraft, name: string, when: 'now' | 'before'): ReturnType<GeneratorContext['find']> {
    const found = findDraft(this.#drafts, draft, name);
    if (!found) return undefined;
    if (found.component !== draft.component) return {spec: found.spec, at: found.value};
    if (when === 'now') {
      draft.uses.add(found);
      return {spec: found.spec, at: found.value};
    }
    if (found === draft) draft.readsItself = true;
    found.before ??= this.layout.take();
    return {spec: found.spec, at: found.before};
  }
}

/** What is not told is not rounded to what somebody reads. */
const VARIABLE_DIGITS = 9;

function digitsOf({behaviour, isTold}: MetricDraft): number | undefined {
  if ('share' in behaviour) return ROUTE_DIGITS[behaviour.share];
  return behaviour.digits ?? (isTold ? undefined : VARIABLE_DIGITS);
}

const listed = (entries: object): string => Object.keys(entries).join(', ') || 'none';
