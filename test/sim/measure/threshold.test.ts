import {expect, it} from 'vitest';
import {METRIC_NAMES} from '../../../src/sim/measure/metrics.js';
import {evaluate, parseThreshold} from '../../../src/sim/measure/threshold.js';
import {reportOf} from './sample-run.js';

it.each([
  ['e2e.p99<50ms', {metric: 'e2e.p99', operator: '<', limit: 50, unit: 'ms'}],
  ['  e2e.p99.9 <= 1.5s ', {metric: 'e2e.p99.9', operator: '<=', limit: 1500, unit: 'ms'}],
  ['tcp.max<250us', {metric: 'tcp.max', limit: 0.25, unit: 'ms'}],
  ['puback.service.p50<1ms', {metric: 'puback.service.p50', unit: 'ms'}],
  ['lost==0', {metric: 'lost', operator: '==', limit: 0, unit: 'count'}],
  ['lost<0.1%', {metric: 'lost', limit: 0.1, unit: 'percent'}],
  ['sent.rate>=1000', {metric: 'sent.rate', limit: 1000, unit: 'perSec'}],
  ['sent>=1000/s', {metric: 'sent.rate', limit: 1000, unit: 'perSec'}],
  ['failures.connect!=1', {metric: 'failures.connect', operator: '!='}],
  ['recovery.link-drop.p99<10s', {metric: 'recovery.link-drop.p99', limit: 10_000}],
  ['duration<2m', {metric: 'duration', limit: 120_000}],
])('reads %j', (text, expected) => {
  expect(parseThreshold(text)).toMatchObject(expected);
});

it.each([
  ['', 'column 1: expected the name of a metric, such as e2e.p99 or lost, found the end'],
  ['<5', 'column 1: expected the name of a metric'],
  ['e2e.p99', 'column 8: expected one of < <= > >= == !=, found the end'],
  ['e2e.p99 = 5ms', 'column 9: expected one of < <= > >= == !=, found "= 5ms"'],
  ['e2e.p99<', 'column 9: expected a number, found the end'],
  ['e2e.p99<fast', 'column 9: expected a number, found "fast"'],
  ['e2e.p99<50', 'column 11: expected a unit of time: us, ms, s, m or h, found the end'],
  ['e2e.p99<50 parsecs', 'column 12: expected a unit of time: us, ms, s, m or h, found "parsecs"'],
  ['lost==0ms', 'column 8: expected no unit or %, found "ms"'],
  ['sent>5%', 'column 7: expected no unit or /s, found "%"'],
  ['connectedNow>5%', 'column 15: expected no unit, found "%"'],
  ['sent.rte>5', 'column 1: no metric "sent.rte"; did you mean sent.rate?'],
  ['e2e<5ms', 'column 1: no metric "e2e"'],
  ['constructor>1', `column 1: no metric "constructor"; known are ${METRIC_NAMES.join(', ')}`],
])('refuses %j and says where and why', (text, why) => {
  expect(() => parseThreshold(text)).toThrow(why);
});

it('judges a report', () => {
  const report = reportOf({sent: 1000, lost: [17], latenciesMs: [1, 2, 3, 100]});
  const judge = (text: string): boolean => evaluate(parseThreshold(text), report).ok;
  expect(judge('lost==0')).toBe(false);
  expect(judge('lost<=0.1%')).toBe(true);
  expect(judge('lost<0.1%')).toBe(false);
  expect(judge('e2e.p50<3ms')).toBe(true);
  expect(judge('e2e.max<100ms')).toBe(false);
  expect(judge('e2e.p75<=3.1ms')).toBe(true);
  expect(judge('sent>=1000')).toBe(true);
  expect(judge('failures==0')).toBe(true);
});

it('takes what was not measured for missed', () => {
  expect(evaluate(parseThreshold('cmd.p99<1h'), reportOf({}))).toMatchObject({value: null, ok: false});
});

it('knows every name that it lists', () => {
  for (const name of METRIC_NAMES) expect(() => parseThreshold(`${name}>0`)).not.toThrow();
});
