/**
 * Thresholds: `e2e.p99<50ms`, `lost==0`, `connected>=1000`, `sent.rate>=1000/s`, `failures<0.1%`: a metric of the
 * report, an operator, a number and its unit.
 */
import {IotctlError} from '../../domain/errors.js';
import {nearest} from '../../domain/nearest.js';
import {hasWhole, METRIC_NAMES, type MetricUnit, numberOf, percentOf, unitOf} from './metrics.js';
import type {RunReport, ThresholdResult} from './run-report.js';

const OPERATORS = ['<=', '>=', '==', '!=', '<', '>'] as const;
type Operator = (typeof OPERATORS)[number];

export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly metric: string;
  readonly operator: Operator;
  /** In the metric's unit, or in percent. */
  readonly limit: number;
  readonly unit: MetricUnit | 'percent';
}

const TIMES_MS: Readonly<Record<string, number>> = {us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000};
const METRIC = /^\s*([A-Za-z][\w.-]*)?/;
const NUMBER = /^[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?/i;

/** Throws `IOT_USAGE` with the column, what was expected there, and the names that there are. */
export function parseThreshold(text: string): Threshold {
  const name = METRIC.exec(text)!;
  const metric = name[1];
  const nameAt = name[0].length - (metric?.length ?? 0);
  if (metric === undefined) throw unexpected(text, nameAt, 'the name of a metric, such as e2e.p99 or lost');
  const metricUnit = unitOf(metric);
  if (metricUnit === undefined) throw unknownMetric(text, nameAt, metric);
  const operatorAt = skipBlanks(text, name[0].length);
  const operator = OPERATORS.find(candidate => text.startsWith(candidate, operatorAt));
  if (operator === undefined) throw unexpected(text, operatorAt, 'one of < <= > >= == !=');
  const numberAt = skipBlanks(text, operatorAt + operator.length);
  const number = NUMBER.exec(text.slice(numberAt))?.[0];
  if (number === undefined) throw unexpected(text, numberAt, 'a number');
  const unitAt = skipBlanks(text, numberAt + number.length);
  const written = text.slice(unitAt).trimEnd();
  const {scale, ...compared} = unitsOf(metric, metricUnit, written, Number(number), message => {
    throw unexpected(text, unitAt, message);
  });
  return {text: text.trim(), operator, limit: Number(number) * scale, ...compared};
}

interface Compared {
  readonly metric: string;
  readonly unit: Threshold['unit'];
  readonly scale: number;
}

/** What a unit means for a metric; `refuse` is told what would have been right. */
function unitsOf(
  metric: string,
  unit: MetricUnit,
  written: string,
  number: number,
  refuse: (expected: string) => never,
): Compared {
  if (unit === 'ms') {
    if (Object.hasOwn(TIMES_MS, written)) return {metric, unit, scale: TIMES_MS[written]!};
    if (written === '' && number === 0) return {metric, unit, scale: 1};
    return refuse('a unit of time: us, ms, s, m or h');
  }
  if (written === '') return {metric, unit, scale: 1};
  if (written === '/s' && unit === 'perSec') return {metric, unit, scale: 1};
  if (written === '/s' && unitOf(`${metric}.rate`) === 'perSec')
    return {metric: `${metric}.rate`, unit: 'perSec', scale: 1};
  if (written === '%' && hasWhole(metric)) return {metric, unit: 'percent', scale: 1};
  const units = [
    ...(unit === 'perSec' || unitOf(`${metric}.rate`) === 'perSec' ? ['/s'] : []),
    ...(hasWhole(metric) ? ['%'] : []),
  ];
  return refuse(units.length === 0 ? 'no unit' : `no unit or ${units.join(' or ')}`);
}

/** What was not measured misses its threshold: a test that saw nothing proves nothing. */
export function evaluate(
  {text, metric, operator, limit, unit}: Threshold,
  report: RunReport,
): ThresholdResult {
  const value = (unit === 'percent' ? percentOf : numberOf)(report, metric);
  return {text, metric, value: value ?? null, ok: value !== undefined && holds(value, operator, limit)};
}

function holds(value: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

function unexpected(text: string, at: number, expected: string): IotctlError {
  const rest = text.slice(at).trim();
  const found = rest === '' ? 'the end' : JSON.stringify(rest);
  return refused(text, at, `expected ${expected}, found ${found}`);
}

function unknownMetric(text: string, at: number, metric: string): IotctlError {
  const near = nearest(metric, METRIC_NAMES);
  const advice = near === undefined ? `known are ${METRIC_NAMES.join(', ')}` : `did you mean ${near}?`;
  return refused(text, at, `no metric ${JSON.stringify(metric)}; ${advice}`);
}

const refused = (text: string, at: number, why: string): IotctlError =>
  new IotctlError('IOT_USAGE', `threshold ${JSON.stringify(text)}, column ${at + 1}: ${why}`);
