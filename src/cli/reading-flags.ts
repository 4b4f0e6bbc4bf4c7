/** Flags of commands that ask about readings: the range, and which readings. */
import * as Flags from '@oclif/core/flags';
import {parseDurationMs} from '../domain/duration.js';
import {IotctlError} from '../domain/errors.js';
import {selectorFlag} from './selection.js';
import {durationFlag, timeFlag} from './time-flags.js';

/** `normally` is the range when nothing is said: `1h`. */
export const rangeFlags = (normally: string) => ({
  last: durationFlag({
    description: `the range: so long before now, such as 5m [default: ${normally}]`,
    exclusive: ['since'],
  }),
  since: timeFlag({
    description: 'the range from then on: RFC 3339, 15m, now-2h or yesterday [default: none]',
  }),
  until: timeFlag({description: 'the range before then [default: now]'}),
});

export const readingFlags = {
  selector: selectorFlag,
  device: Flags.string({
    multiple: true,
    description: 'only this device; may be given more than once [default: all]',
  }),
  component: Flags.string({description: 'only this component [default: all]'}),
  distinct: Flags.boolean({
    description: 'of readings of one device, component, metric and time count only the one that came last',
  }),
  consistent: Flags.boolean({
    description: 'wait until everything is stored that was acknowledged before',
  }),
  timeout: durationFlag({
    default: 30_000,
    defaultHelp: async () => '30s',
    description: 'how long it may take',
  }),
};

export interface Range {
  readonly lastMs?: number;
  readonly since?: string;
  readonly until?: string;
}

/** What the platform is asked for. `now` is its own, where nothing else is said. */
export function rangeOf(
  flags: {
    last?: number | undefined;
    since?: string | undefined;
    until?: string | undefined;
  },
  normally: string,
): Range {
  return {
    ...(flags.since === undefined ? {lastMs: flags.last ?? parseDurationMs(normally)} : {since: flags.since}),
    ...(flags.until === undefined ? {} : {until: flags.until}),
  };
}

export function rangeMsOf({lastMs, since, until}: Range): number {
  if (since === undefined) return lastMs!;
  return (until === undefined ? Date.now() : Date.parse(until)) - Date.parse(since);
}

/** `a,b` and `a b` alike. Throws `IOT_USAGE` for an empty one. */
export function listOf(texts: readonly string[] | undefined): string[] {
  const items = (texts ?? []).flatMap(text => text.split(',')).map(text => text.trim());
  if (items.includes(''))
    throw new IotctlError('IOT_USAGE', `an empty name in ${JSON.stringify(texts?.join(','))}`);
  return items;
}
