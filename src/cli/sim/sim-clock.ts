/** What the flags about time mean for the clock of the devices. */
import {parseTimeMs} from '../../domain/duration.js';
import {IotctlError} from '../../domain/errors.js';
import type {ClockSpec} from '../../sim/device/device-clock.js';

export interface TimeFlags {
  readonly duration?: number | undefined;
  readonly accelerate?: number | undefined;
  readonly 'start-time'?: string | undefined;
  readonly lifetime?: number | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

export interface SimTime {
  readonly clock: ClockSpec;
  readonly durationMs: number | null;
  readonly lifeMs: number | null;
}

/** Throws `IOT_TIME_INVALID`, and `IOT_USAGE` for times that do not follow each other. */
export function simTime(flags: TimeFlags, defaultDurationMs: number, nowMs: number): SimTime {
  if (flags.from !== undefined) return history(flags, defaultDurationMs, nowMs);
  const {accelerate: acceleration = 1, lifetime} = flags;
  const lifeMs = lifetime ?? null;
  const durationMs = flags.duration ?? (lifeMs === null ? defaultDurationMs : null);
  if (flags['start-time'] !== undefined) {
    const startMs = parseTimeMs(flags['start-time'], nowMs);
    return {clock: {startMs, pastMs: 0, fillsPast: false, acceleration}, durationMs, lifeMs};
  }
  // Accelerated clocks end at the present: times that are still to come would be of no use to anybody.
  const pastMs = acceleration === 1 ? 0 : (lifeMs ?? (durationMs ?? 0) * acceleration);
  return {clock: {startMs: null, pastMs, fillsPast: false, acceleration}, durationMs, lifeMs};
}

function history(
  {from, until, duration, lifetime}: TimeFlags,
  defaultDurationMs: number,
  nowMs: number,
): SimTime {
  const startMs = parseTimeMs(from!, nowMs);
  if (startMs > nowMs) throw new IotctlError('IOT_USAGE', `--from ${from} is still to come`);
  const untilMs = until === undefined ? undefined : parseTimeMs(until, nowMs);
  if (untilMs !== undefined && untilMs <= startMs)
    throw new IotctlError('IOT_USAGE', `--until ${until} is not after --from ${from}`);
  const lifeMs = untilMs === undefined ? (lifetime ?? null) : untilMs - startMs;
  const durationMs = duration ?? (lifeMs === null ? defaultDurationMs : null);
  return {clock: {startMs, pastMs: 0, fillsPast: true, acceleration: 1}, durationMs, lifeMs};
}
