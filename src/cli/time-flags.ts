/** Flags for durations and points in time, checked where they are typed. */
import * as Flags from '@oclif/core/flags';
import {parseDurationMs, parseTimeMs} from '../domain/duration.js';
import {IotctlError} from '../domain/errors.js';

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

/** A point in time to come, such as `30d` from now or RFC 3339; its value is RFC 3339 in UTC. */
export const laterFlag = Flags.custom<string>({
  parse: async text => {
    const nowMs = Date.now();
    const timeMs = /^\d{4}-/.test(text) ? parseTimeMs(text, nowMs) : nowMs + parseDurationMs(text);
    if (timeMs <= nowMs)
      throw new IotctlError('IOT_TIME_INVALID', `not a time to come: ${JSON.stringify(text)}`);
    return new Date(timeMs).toISOString();
  },
  helpValue: '<duration or time>',
});
