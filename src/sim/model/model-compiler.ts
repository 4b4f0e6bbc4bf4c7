/** Compiles the metrics of a model, and finds what of them does not fit. */
import type {ModelSpec, ValueSpec} from '../../domain/model.js';
import type {MetricBehaviour, MetricBehaviours, SimulateSpec} from './behaviour.js';
import {compileGenerator} from './compile-generator.js';
import type {CompiledMetric, MetricGroup} from './compiled-metric.js';
import {defaultBehaviour} from './default-behaviour.js';
import {Layout} from './device-state.js';
import {LocalClock} from './local-clock.js';
import type {Problem} from './problem.js';
import {keyOf, STREAM_PLACES} from './random-stream.js';
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
  readonly #clock: LocalClock;

  constructor({timezone}: SimulateSpec) {
    this.#clock = new LocalClock(timezone);
  }

  /** The device's own metrics first, then those of its components. */
  groups(spec: ModelSpec, simulate: SimulateSpec): MetricGroup[] {
    const own = this.#group('', spec.metrics ?? {}, simulate.metrics, ['simulate', 'metrics']);
    const components = Object.entries(spec.components ?? {}).map(([name, {metrics = {}}]) =>
      this.#group(name, metrics, simulate.components[name]?.metrics ?? {}, [
        'simulate',
        'components',
        name,
        'metrics',
      ]),
    );
    for (const name of Object.keys(simulate.components))
      if (!Object.hasOwn(spec.components ?? {}, name))
        this.problems.push({
          path: ['simulate', 'components', name],
          message: 'the model has no such component',
        });
    return [own, ...components].filter(({metrics}) => metrics.length > 0);
  }

  #group(component: string, specs: Metrics, behaviours: MetricBehaviours, path: Path): MetricGroup {
    for (const name of Object.keys(behaviours))
      if (!Object.hasOwn(specs, name))
        this.problems.push({
          path: [...path, name],
          message: `the model has no such metric; there are: ${Object.keys(specs).join(', ') || 'none'}`,
        });
    const metrics = Object.entries(specs).flatMap(([name, spec]) => {
      const behaviour = behaviours[name] === undefined ? defaultBehaviour(spec) : behaviours[name];
      return behaviour === null ? [] : this.#metric(component, name, spec, behaviour, [...path, name]);
    });
    return {
      component,
      metrics,
      order: metrics,
      lastTime: this.layout.take(),
      bytesMax: metrics.reduce(
        (sum, {label, format}) => sum + label.length + 1 + format.bytesMax,
        FRAME_BYTES_MAX,
      ),
    };
  }

  #metric(
    component: string,
    name: string,
    spec: ValueSpec,
    behaviour: MetricBehaviour,
    path: Path,
  ): CompiledMetric[] {
    const {layout, texts} = this;
    const stream = layout.take(STREAM_PLACES);
    const value = layout.take();
    try {
      const metric = {
        name,
        component,
        spec,
        number: this.metrics.length,
        label: Buffer.from(`${JSON.stringify(name)}:`),
        key: keyOf(`${component}/${name}`),
        stream,
        value,
        generator: compileGenerator({layout, stream, value, spec, clock: this.#clock, texts}, behaviour),
        format: new ValueFormat(spec, texts, behaviour.digits),
      };
      this.metrics.push(metric);
      return [metric];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.problems.push({path, message: error.message});
      return [];
    }
  }
}
