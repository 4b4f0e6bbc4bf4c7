import {readFile} from 'node:fs/promises';
import {expect, it} from 'vitest';
import {parse} from 'yaml';
import {until} from '../support/deadline.js';
import {healthyStatus} from '../support/fake-platform.js';
import {samplesOf} from '../support/metric-samples.js';
import {startTestApi} from '../support/start-api.js';

it('tells what status tells, and what was asked of the API', async () => {
  const healthy = healthyStatus();
  let status = healthy;
  await using api = await startTestApi({status: () => Promise.resolve(status)});
  await api.request('/v1/devices/nobody');
  await fetch(`${api.url}/v1/devices`);
  await fetch(`${api.url}/nothing/here`);
  const scrape = async () => samplesOf(await (await api.request('/metrics')).text());

  const first = await scrape();
  expect(first.get('iotctl_gateway_events_total')).toBe(healthy.gateway.eventsTotal);
  expect(first.get('iotctl_store_lag_events')).toBe(healthy.store.lag);
  expect(first.get('iotctl_store_queries{state="running"}')).toBe(1);
  expect(first.get('iotctl_store_queries{state="waiting"}')).toBe(2);
  expect(first.get('iotctl_store_streams')).toBe(3);
  expect(first.get('iotctl_part_blocked{part="gateway"}')).toBe(0);
  expect(first.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(first.get('iotctl_http_requests_total{method="GET",route="/v1/devices/:id",status="404"}')).toBe(1);
  // Those who are turned away are counted too, and what nobody serves makes no new series.
  expect(first.get('iotctl_http_problems_total{route="/v1/devices",code="IOT_UNAUTHENTICATED"}')).toBe(1);
  expect(first.get('iotctl_http_requests_total{method="GET",route="none",status="404"}')).toBe(1);

  status = {
    ...healthy,
    gateway: {...healthy.gateway, blockedBy: 'disk full', eventsTotal: healthy.gateway.eventsTotal + 7},
    stream: {...healthy.stream, cursors: [{name: 'store', offset: 3, lag: 5}]},
  };
  const second = await scrape();
  expect(second.get('iotctl_gateway_events_total')).toBe(healthy.gateway.eventsTotal + 7);
  expect(second.get('iotctl_part_blocked{part="gateway"}')).toBe(1);
  expect(second.get('iotctl_stream_cursor_lag_events{cursor="store"}')).toBe(5);
});

it('counts a stream when it ends', async () => {
  await using api = await startTestApi();
  const ended = new AbortController();
  const tail = await api.request('/v1/events/tail', {signal: ended.signal});
  expect(tail.status).toBe(200);
  ended.abort();
  const name = 'iotctl_http_requests_total{method="GET",route="/v1/events/tail",status="200"}';
  await until(
    async () => samplesOf(await (await api.request('/metrics')).text()).get(name) === 1,
    'the tail to be counted',
  );
});

it('has every metric that the dashboard and the alert rules ask for', async () => {
  await using api = await startTestApi();
  await api.request('/v1/devices/nobody');
  const text = await (await api.request('/metrics')).text();
  const told = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
  const dashboard = JSON.parse(await readFile('templates/grafana/iotctl.json', 'utf8')) as object;
  const rules = parse(await readFile('templates/prometheus/alerts.yml', 'utf8')) as object;
  const asked = JSON.stringify([dashboard, rules]).match(/\b(?:iotctl|process|nodejs)_[a-z_]+/g)!;
  const families = new Set(asked.map(name => name.replace(/_bucket$/, '')));
  expect([...families].filter(name => !told.has(name))).toEqual([]);
  expect(families.size).toBeGreaterThan(15);
});
