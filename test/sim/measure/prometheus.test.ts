import {expect, it} from 'vitest';
import {MetricsEndpoint} from '../../../src/sim/measure/metrics-endpoint.js';
import {reportOf} from './sample-run.js';

const LOOPBACK = {host: '127.0.0.1', port: 0};
const HOSTILE = 'say "no"\\\n}';

it('serves what Prometheus reads', async () => {
  const report = reportOf({
    sent: 1000,
    lost: [7],
    latenciesMs: [0.3, 3, 30, 300],
    failures: [[HOSTILE, 2]],
    facts: {name: HOSTILE},
  });
  await using endpoint = await MetricsEndpoint.listen(LOOPBACK, () => report);
  const response = await fetch(endpoint.url);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const families = familiesOf(await response.text());
  expect(families.get('iotctl_sent_total')).toEqual({
    type: 'counter',
    samples: [{name: 'iotctl_sent_total', labels: {run: report.id}, value: 1000}],
  });
  expect(families.get('iotctl_failures_total')!.samples).toEqual([
    {name: 'iotctl_failures_total', labels: {run: report.id, kind: 'connect', reason: HOSTILE}, value: 2},
  ]);
  expect(families.get('iotctl_missing')!.samples[0]!.value).toBe(1);
  const latency = families.get('iotctl_latency_seconds')!;
  expect(latency.type).toBe('histogram');
  const buckets = latency.samples.filter(({name}) => name.endsWith('_bucket'));
  expect(buckets.map(({value}) => value)).toEqual([...buckets.map(({value}) => value)].sort((a, b) => a - b));
  expect(Object.fromEntries(buckets.map(({labels, value}) => [labels.le, value]))).toMatchObject({
    '0.00025': 0,
    '0.005': 2,
    '0.5': 4,
    '+Inf': 4,
  });
});

it('answers nothing else, and says where nothing can listen', async () => {
  await using endpoint = await MetricsEndpoint.listen(LOOPBACK, () => undefined);
  expect((await fetch(new URL('/', endpoint.url))).status).toBe(404);
  expect((await fetch(endpoint.url, {method: 'POST'})).status).toBe(405);
  expect(await (await fetch(endpoint.url)).text()).toBe('');
  const port = Number(new URL(endpoint.url).port);
  await expect(MetricsEndpoint.listen({...LOOPBACK, port}, () => undefined)).rejects.toMatchObject({
    code: 'IOT_USAGE',
  });
});

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Text exposition format 0.0.4, read strictly: each family once, its HELP and TYPE before its samples. */
function familiesOf(text: string): Map<string, {type: string; samples: Sample[]}> {
  expect(text.endsWith('\n')).toBe(true);
  const families = new Map<string, {type: string; samples: Sample[]}>();
  let current: string | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP ([a-z_:][a-z0-9_:]*) \S/.exec(line);
    const type = /^# TYPE ([a-z_:][a-z0-9_:]*) (counter|gauge|histogram)$/.exec(line);
    if (help) {
      expect(families.has(help[1]!)).toBe(false);
      current = help[1]!;
    } else if (type) {
      expect(type[1]).toBe(current);
      families.set(current!, {type: type[2]!, samples: []});
    } else families.get(current!)!.samples.push(sampleOf(line, current!));
  }
  return families;
}

function sampleOf(line: string, family: string): Sample {
  const parts = /^([a-z_:][a-z0-9_:]*)\{(.*)\} (\S+)$/.exec(line)!;
  expect(parts[1]!.replace(/_(?:bucket|sum|count)$/, '')).toBe(family.replace(/_(?:bucket|sum|count)$/, ''));
  const label = /([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy;
  const labels: Record<string, string> = {};
  let end = 0;
  for (let found = label.exec(parts[2]!); found; found = label.exec(parts[2]!)) {
    labels[found[1]!] = found[2]!.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    end = label.lastIndex;
  }
  expect(end).toBe(parts[2]!.length);
  const value = parts[3]! === '+Inf' ? Number.POSITIVE_INFINITY : Number(parts[3]);
  expect(Number.isNaN(value)).toBe(false);
  return {name: parts[1]!, labels, value};
}
