/** Where the axes of a chart have their labels, and how these read. */

export interface Tick {
  readonly value: number;
  readonly label: string;
}

export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly Tick[];
}

/** Labels at round numbers between the two: multiples of 1, 2 or 5 times a power of ten, no more than `most`. */
export function numberTicks(lowest: number, highest: number, most: number): Tick[] {
  const step = roundStep((highest - lowest) / Math.max(1, most - 1));
  const digits = digitsOf(step);
  const first = Math.ceil(lowest / step - 1e-9);
  const count = Math.floor((highest - first * step) / step + 1e-9) + 1;
  return Array.from({length: Math.max(0, count)}, (_, index) => {
    const value = (first + index) * step;
    return {value, label: numberLabel(value, digits)};
  });
}

/** An axis that begins and ends at round numbers and holds all that lies between the two. */
export function roundScale(lowest: number, highest: number, most: number): Scale {
  // No finer than the numbers can tell apart.
  const finest = Math.max(Math.abs(lowest), Math.abs(highest)) * 1e-12 || 1;
  const room = highest - lowest > finest ? 0 : Math.max(finest, Math.abs(lowest) / 10);
  const step = roundStep((highest - lowest + 2 * room) / Math.max(1, most - 2));
  const from = Math.floor((lowest - room) / step + 1e-9) * step;
  const to = Math.ceil((highest + room) / step - 1e-9) * step;
  const digits = digitsOf(step);
  const count = Math.round((to - from) / step) + 1;
  const ticks = Array.from({length: count}, (_, index) => from + index * step);
  return {from, to, ticks: ticks.map(value => ({value, label: numberLabel(value, digits)}))};
}

const digitsOf = (step: number): number => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const factor = [1, 2, 5, 10].find(times => times * power >= atLeast * (1 - 1e-9))!;
  return factor * power;
}

/** `0.25`, `1200`; very large and very small numbers as `1.2e+9`. */
function numberLabel(value: number, digits: number): string {
  if (Math.abs(value) >= 1e9 || digits > 6) return value === 0 ? '0' : String(Number(value.toPrecision(6)));
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const TIME_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map(count => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map(count => count * MINUTE),
  ...[1, 2, 3, 6, 12].map(count => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364, 1820].map(count => count * DAY),
] as const;

/** Labels at round times in UTC, no more than `most`. A day's first label is its date. */
export function timeTicks(fromMs: number, toMs: number, most: number): Tick[] {
  const atLeast = (toMs - fromMs) / Math.max(1, most);
  const stepMs = TIME_STEPS.find(step => step >= atLeast) ?? Math.ceil(atLeast / (1820 * DAY)) * 1820 * DAY;
  const ticks: Tick[] = [];
  for (let timeMs = Math.ceil(fromMs / stepMs) * stepMs; timeMs <= toMs; timeMs += stepMs)
    ticks.push({value: timeMs, label: timeLabel(timeMs, stepMs)});
  return ticks;
}

function timeLabel(timeMs: number, stepMs: number): string {
  const text = new Date(timeMs).toISOString();
  if (timeMs % DAY === 0) return text.slice(0, 10);
  if (stepMs >= MINUTE) return text.slice(11, 16);
  return stepMs >= SECOND ? text.slice(11, 19) : text.slice(11, 23);
}
