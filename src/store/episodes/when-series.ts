/** One device and component on its way through the machine of `src/domain/episode.ts`, by a condition on several metrics. */
import {EpisodeMachine, type Judgement} from '../../domain/episode.js';
import type {SeriesEpisode} from '../../domain/episode-counts.js';
import type {ReadingCondition} from '../../expression/reading-condition.js';
import type {Series, SeriesReading} from './reading-series.js';
import type {WhenRequest} from './when-request.js';

export interface WhenRule {
  readonly request: WhenRequest;
  readonly condition: ReadingCondition;
  /** In the order in which readings number them: the first is the one at whose readings the condition is asked. */
  readonly metrics: readonly string[];
  found(episode: SeriesEpisode): void;
}

interface Told {
  readonly timeMs: number;
  readonly value: number;
}

export class WhenSeries {
  readonly series: Series;
  readonly #rule: WhenRule;
  readonly #machine: EpisodeMachine;
  /** The newest reading of each metric. */
  readonly #newest: (Told | undefined)[] = [];
  /** Which of `metrics` each of the condition's is. */
  readonly #places: readonly number[];
  /** Of one time, which are looked at together. */
  #together: SeriesReading[] = [];

  constructor(series: Series, rule: WhenRule) {
    this.series = series;
    this.#rule = rule;
    this.#machine = new EpisodeMachine(rule.request, rule.request.sinceMs);
    this.#places = rule.condition.metrics.map(metric => rule.metrics.indexOf(metric));
  }

  /** To be called in the order of time; of one time, in the order in which they were told. */
  add(reading: SeriesReading): void {
    if (this.#together[0]?.timeMs !== reading.timeMs) this.#look();
    this.#together.push(reading);
  }

  end(): void {
    this.#look();
    this.#tell(this.#machine.end(this.#rule.request.untilMs));
  }

  /** Whatever was told at that time is known at it, in whichever message it came. */
  #look(): void {
    const {sinceMs} = this.#rule.request;
    for (const reading of this.#together) this.#newest[reading.metric] = reading;
    for (const {metric, timeMs, value} of this.#together)
      if (metric === 0 && timeMs >= sinceMs) this.#sample({timeMs, value});
    this.#together = [];
  }

  #sample(sample: Told): void {
    const holds = this.#holds(sample);
    if (holds === undefined) return;
    const judgement: Judgement = {holds: holds ? 'yes' : 'no', distance: sample.value};
    this.#tell(this.#machine.add(sample.timeMs, sample.value, judgement));
  }

  #holds({timeMs, value}: Told): boolean | undefined {
    const {condition, request} = this.#rule;
    const {device, component, labels} = this.series;
    const metrics = this.#places.map(place => {
      const told = this.#newest[place];
      if (place === 0) return value;
      return told && timeMs - told.timeMs <= request.maxGapMs ? told.value : undefined;
    });
    return condition.holds({value, device, component: component ?? '', timeMs, metrics, labels});
  }

  #tell(episode: ReturnType<EpisodeMachine['end']>): void {
    if (episode === undefined) return;
    const {device, component} = this.series;
    this.#rule.found({metric: this.#rule.metrics[0]!, device, component, ...episode});
  }
}
