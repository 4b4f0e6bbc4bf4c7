import type {OptionValue} from '../../sim/measure/run-report.js';

/** What a report tells of itself elsewhere, what differs from run to run without making it another test, and what is secret. */
const LEFT_OUT = new Set([
  ...[
    'output',
    'context',
    'no-color',
    'quiet',
    'yes-i-mean',
    'url',
    'username',
    'password',
    'ca',
    'cert',
    'key',
  ],
  ...[
    'name',
    'run',
    'threshold',
    'abort-on-fail',
    'summary',
    'baseline',
    'max-regression',
    'prometheus',
    'no-keep-run',
  ],
]);

/** The flags of a run as its report keeps them. */
export function optionsOf(flags: Readonly<Record<string, unknown>>): Readonly<Record<string, OptionValue>> {
  const entries = Object.entries(flags).filter(([name, value]) => !LEFT_OUT.has(name) && value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, optionOf(value)]));
}

function optionOf(value: unknown): OptionValue {
  if (Array.isArray(value)) return value.map(optionOf);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as OptionValue);
}
