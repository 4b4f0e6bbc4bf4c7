/**
 * Readings of a week as they would come: every device tells its temperature in turn, in the order of time. Each is beyond 8
 * for twenty minutes and for five of about every day, however often it tells.
 */
export const WEEK_MS = 7 * 86_400_000;
export const DEVICES = 1000;
export const START_MS = Date.UTC(2026, 0, 5);

/** So long a temperature stays about the same: the time between two of ten million readings. */
const MOMENT_MS = 60_480;

export const deviceOf = index => `thermostat-${String(index % DEVICES).padStart(5, '0')}`;

export function madeReadings(count) {
  const stepMs = (WEEK_MS * DEVICES) / count;
  return {
    count,
    endMs: START_MS + WEEK_MS,
    timeMs: index => START_MS + Math.floor((index / DEVICES) * stepMs),
    value: index => {
      const step = Math.floor(index / DEVICES);
      return valueAt(step, Math.floor((step * stepMs) / MOMENT_MS), index % DEVICES);
    },
  };
}

function valueAt(step, moment, device) {
  const ofDay = (moment + device * 37) % 1440;
  const isHot = ofDay < 20 || (ofDay >= 700 && ofDay < 705);
  const noise = ((step * 7919 + device * 104_729) % 97) / 100;
  return Math.round((isHot ? 9 + noise : 5 + 2 * Math.sin(ofDay / 229) + noise) * 100) / 100;
}
