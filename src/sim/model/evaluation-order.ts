/** In which order the metrics of a message are made: each after those that it follows from. */
import type {MetricDraft} from './metric-draft.js';

export class EvaluationOrder {
  readonly order: MetricDraft[] = [];
  readonly #done = new Set<MetricDraft>();

  /** Throws a RangeError that names a circle; each is told once. */
  add(draft: MetricDraft, way: readonly MetricDraft[] = []): void {
    if (this.#done.has(draft)) return;
    if (way.includes(draft)) {
      for (const one of way) this.#done.add(one);
      throw new RangeError(circle([...way.slice(way.indexOf(draft)), draft]));
    }
    for (const used of draft.uses) this.add(used, [...way, draft]);
    this.#done.add(draft);
    this.order.push(draft);
  }
}

const circle = (way: readonly MetricDraft[]): string =>
  `goes in a circle: ${way.map(({name}) => name).join(' → ')}; prev(${way[0]!.name}) is its value in the message before`;
