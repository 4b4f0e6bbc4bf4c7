/** Real series of temperatures, with the gaps, repeats and faults that real ones have. */
import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';

export interface RealReading {
  readonly timeMs: number;
  readonly value: number;
}

/** In the order of time. Times are read as UTC. */
export function realSeries(name: 'ambient' | 'machine'): RealReading[] {
  const file = new URL(`../corpus/nab/${name}_temperature_system_failure.csv.gz`, import.meta.url);
  const [, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  return lines.map(line => {
    const [time, value] = line.split(',');
    return {timeMs: Date.parse(`${time}Z`), value: Number(value)};
  });
}
