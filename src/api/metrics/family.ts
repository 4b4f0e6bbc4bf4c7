/** Metrics of one name, as they are read from what is shown: counters that only grow, base units. */
import {Counter, Gauge, type Registry} from 'prom-client';

export type Samples = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

export interface Family<Shown> {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels?: readonly string[];
  readonly samples: (shown: Shown) => Samples;
}

export const flag = (value: boolean): number => (value ? 1 : 0);

/** Gives back what sets all of them: from then on they say how it was at that time. */
export function registerFamilies<Shown>(
  registry: Registry,
  families: Readonly<Record<string, Family<Shown>>>,
): (shown: Shown) => void {
  const shows = Object.entries(families).map(([name, family]) => register(registry, name, family));
  return shown => {
    for (const show of shows) show(shown);
  };
}

function register<Shown>(
  registry: Registry,
  name: string,
  {type, help, labels = [], samples}: Family<Shown>,
): (shown: Shown) => void {
  const options = {name, help, labelNames: [...labels], registers: [registry]};
  const metric = type === 'counter' ? new Counter(options) : new Gauge(options);
  return shown => {
    metric.reset();
    for (const [own, value] of samples(shown)) metric.inc({...own}, value);
  };
}
