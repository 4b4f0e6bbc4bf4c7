/** Local hours and weekdays of a time zone; offsets change at whole quarters of an hour. */
const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A fleet's devices are at the same time, or at a few. */
const KEPT_MAX = 4096;

/** 1 January 1970 was a Thursday: the fourth day of a week that begins on Monday. */
const FIRST_WEEKDAY = 3;

export class LocalClock {
  readonly #format: Intl.DateTimeFormat | undefined;
  readonly #offsets = new Map<number, number>();

  constructor(timeZone: string) {
    if (timeZone !== 'UTC')
      this.#format = new Intl.DateTimeFormat('en', {timeZone, timeZoneName: 'longOffset'});
  }

  /** 0 to below 24. */
  hourOf(timeMs: number): number {
    return modulo(this.#localMs(timeMs), DAY_MS) / HOUR_MS;
  }

  /** 0 is Monday. */
  weekdayOf(timeMs: number): number {
    return modulo(this.dayOf(timeMs) + FIRST_WEEKDAY, 7);
  }

  /** Days since 1970-01-01, local. */
  dayOf(timeMs: number): number {
    return Math.floor(this.#localMs(timeMs) / DAY_MS);
  }

  #localMs(timeMs: number): number {
    if (!this.#format) return timeMs;
    const quarter = Math.floor(timeMs / QUARTER_MS);
    let offsetMs = this.#offsets.get(quarter);
    if (offsetMs === undefined) {
      if (this.#offsets.size >= KEPT_MAX) this.#offsets.clear();
      offsetMs = offsetMsOf(this.#format, quarter * QUARTER_MS);
      this.#offsets.set(quarter, offsetMs);
    }
    return timeMs + offsetMs;
  }
}

/** `GMT+05:30`, or `GMT` for none. */
function offsetMsOf(format: Intl.DateTimeFormat, timeMs: number): number {
  const name = format.formatToParts(timeMs).find(({type}) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000);
}

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;
