import {expect, it} from 'vitest';
import {type EventRate, eventRates} from '../../../src/cli/tail/event-rate.js';
import type {CloudEvent} from '../../../src/domain/cloud-event.js';
import {eventOf} from '../../support/fake-platform.js';

async function allOf(rates: AsyncIterable<EventRate>): Promise<EventRate[]> {
  const all: EventRate[] = [];
  for await (const rate of rates) all.push(rate);
  return all;
}

async function* some(): AsyncGenerator<CloudEvent> {
  for (let index = 0; index < 30; index++)
    yield eventOf(index, {source: `/t/default/d/lamp-${index % 3 === 0 ? 1 : 2}`});
}

it('counts by device, the most frequent first, up to the end', async () => {
  const rates = await allOf(eventRates(some(), 'device', 60_000));
  expect(rates).toMatchObject([
    {key: 'lamp-2', events: 20},
    {key: 'lamp-1', events: 10},
  ]);
  expect(rates[0]!.perSec).toBeGreaterThan(20);
});

it('tells of each stretch, also of one in which nothing came', async () => {
  async function* never(): AsyncGenerator<CloudEvent> {
    await new Promise(() => undefined);
    yield eventOf(0);
  }
  const told: EventRate[] = [];
  for await (const rate of eventRates(never(), 'total', 5)) if (told.push(rate) === 2) break;
  expect(told).toMatchObject([
    {key: 'total', events: 0, perSec: 0},
    {key: 'total', events: 0},
  ]);
});

it('sums up what is beyond the twenty most frequent', async () => {
  async function* many(): AsyncGenerator<CloudEvent> {
    for (let index = 0; index < 50; index++) yield eventOf(index, {source: `/t/default/d/d-${index}`});
  }
  const rates = await allOf(eventRates(many(), 'device', 60_000));
  expect(rates).toHaveLength(21);
  expect(rates.at(-1)).toMatchObject({key: 'others', events: 30});
});
