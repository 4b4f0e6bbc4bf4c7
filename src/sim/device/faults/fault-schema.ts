/** A fault as people write it in a scenario. */
import {z} from 'zod';
import {parseDurationMs} from '../../../domain/duration.js';
import {duration, period, probability} from '../../model/schema-parts.js';
import {FAULT_KINDS, type FaultKind, type FaultSpec, type Occurrence} from './fault-spec.js';

const PER_HOUR: Readonly<Record<string, number>> = {m: 60, h: 1, d: 1 / 24, w: 1 / 168};

/** `2/h` */
const rate = z
  .string()
  .regex(/^\d+(?:\.\d+)?\/[mhdw]$/, 'not a rate, such as 2/h or 1/d')
  .transform(text => Number.parseFloat(text) * PER_HOUR[text.at(-1)!]!)
  .refine(perHour => perHour > 0, 'is never')
  .describe('of each device, by chance: 2/h, 1/d');

/** What a value is changed by; undefined for what is no such amount. */
function amountOf(kind: FaultKind, by: number | string): Pick<FaultSpec, 'by' | 'relative'> | undefined {
  if (kind === 'clock-skew') {
    const written = /^(-?)((?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+)$/.exec(String(by));
    return written
      ? {by: parseDurationMs(written[2]!) * (written[1] === '' ? 1 : -1), relative: false}
      : undefined;
  }
  if (typeof by === 'number') return {by, relative: false};
  return /^-?\d+(?:\.\d+)?%$/.test(by) ? {by: Number(by.slice(0, -1)) / 100, relative: true} : undefined;
}

/** Of which faults a field is. */
const FIELDS: Readonly<Record<'for' | 'metric' | 'by' | 'period' | 'probability', readonly FaultKind[]>> = {
  for: [
    ...(['link-drop', 'flapping', 'slow-reader', 'power-cut', 'duplicate', 'out-of-order'] as const),
    ...(['malformed', 'clock-skew', 'stuck-value', 'spike', 'drift', 'missing-field'] as const),
  ],
  metric: ['stuck-value', 'spike', 'drift', 'missing-field'],
  by: ['clock-skew', 'spike', 'drift'],
  period: ['flapping'],
  probability: ['duplicate', 'out-of-order', 'malformed', 'spike', 'missing-field'],
};

/** Without a duration these would be nothing. */
const LASTING: readonly FaultKind[] = [
  ...(['link-drop', 'flapping', 'slow-reader', 'power-cut'] as const),
  ...(['clock-skew', 'stuck-value', 'drift'] as const),
];

const OCCURRENCES = ['rate', 'probability', 'at', 'every'] as const;

const fields = z.strictObject({
  fault: z.enum(FAULT_KINDS),
  rate: rate.optional(),
  probability: probability.optional().describe('of each message: 0.05 or 5%'),
  at: duration.optional().describe('once, so long after the start'),
  every: period.optional(),
  for: period.optional().describe('how long it lasts; without it one message'),
  from: duration.optional().describe('not before this, from the start'),
  until: period.optional().describe('not after this, from the start'),
  share: probability.default(1).describe('the part of the devices that it may come over: 0.1 or 10%'),
  metric: z.string().min(1).max(128).optional().describe('one by chance where this is left out'),
  by: z
    .union([z.number(), z.string()])
    .optional()
    .describe('spike: added to the value (10, 300%); drift: added in an hour; clock-skew: a duration (-2h)'),
  period: period.optional().describe('flapping: from one drop to the next'),
});

type Fields = z.output<typeof fields>;

export const faultSchema = fields
  .superRefine((fault, context) => {
    for (const message of flawsOf(fault)) context.addIssue({code: 'custom', message});
  })
  .transform(specOf);

function flawsOf(fault: Fields): string[] {
  const {fault: kind} = fault;
  const flaws: string[] = [];
  const told = OCCURRENCES.filter(name => fault[name] !== undefined);
  if (told.length !== 1)
    flaws.push(`${kind} needs one of ${OCCURRENCES.join(', ')}; it has ${told.join(' and ') || 'none'}`);
  for (const [field, kinds] of Object.entries(FIELDS) as [keyof typeof FIELDS, readonly FaultKind[]][])
    if (fault[field] !== undefined && !kinds.includes(kind))
      flaws.push(`${kind} has no ${field}; that is of ${kinds.join(', ')}`);
  if (LASTING.includes(kind) && fault.for === undefined) flaws.push(`${kind} needs for: how long it lasts`);
  if (fault.probability !== undefined && fault.for !== undefined)
    flaws.push('probability is of one message: it has no for');
  if (FIELDS.by.includes(kind) && (fault.by === undefined || !amountOf(kind, fault.by)))
    flaws.push(
      `${kind} needs by: ${kind === 'clock-skew' ? 'a duration, such as -2h' : 'a number, or a part such as 300%'}`,
    );
  if (kind === 'reconnect-storm' && fault.at === undefined && fault.every === undefined)
    flaws.push('reconnect-storm is of all devices at once: give at or every');
  if (fault.until !== undefined && fault.until <= (fault.from ?? 0)) flaws.push('until is not after from');
  if (fault.period !== undefined && fault.for !== undefined && fault.period > fault.for)
    flaws.push('period is longer than for');
  return flaws;
}

const FLAPPING_PERIOD_MS = 5000;

function specOf(fault: Fields): FaultSpec {
  const {from = 0, until, share, metric, by = 0} = fault;
  return {
    fault: fault.fault,
    occurrence: occurrenceOf(fault),
    forMs: fault.for ?? 0,
    fromMs: from,
    untilMs: until,
    share,
    metric,
    ...(amountOf(fault.fault, by) ?? {by: 0, relative: false}),
    periodMs: fault.period ?? FLAPPING_PERIOD_MS,
  };
}

function occurrenceOf({rate, probability, at, every}: Fields): Occurrence {
  if (rate !== undefined) return {kind: 'rate', perHour: rate};
  if (probability !== undefined) return {kind: 'probability', probability};
  return at === undefined ? {kind: 'every', everyMs: every!} : {kind: 'at', atMs: at};
}
