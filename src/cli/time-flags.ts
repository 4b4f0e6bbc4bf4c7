/** Flags for durations and points in time, checked where they are typed. */
import * as Flags from '@oclif/core/flags';
import {parseDurationMs, parseTimeMs} from '../domain/duration.js';

/** A duration such as `30s`; its value is in milliseconds. */
export const durationFlag = Flags.custom<number>({
  parse: async text => parseDurationMs(text),
  helpValue: '<duration>',
});

/** A point in time such as `15m`, `now-2h` or RFC 3339; its value is RFC 3339 in UTC. */
export const timeFlag = Flags.custom<string>({
  parse: async text => new Date(parseTimeMs(text, Date.now())).toISOString(),
  helpValue: '<time>',
});
