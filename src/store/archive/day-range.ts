/** Days of UTC, and the rows of a table that are of one. */

export const DAY_MS = 86_400_000;

/** Days are counted from here: what a device dates before it stays in the database until it is deleted. */
export const FIRST_DAY = '1970-01-01';

export const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

/** The first day that is not old enough: a day is over when the next one begins. */
export const dayBefore = (nowMs: number, days: number): string => dayOf(nowMs - days * DAY_MS);

export const nextDay = (day: string): string => dayOf(Date.parse(day) + DAY_MS);

/** Where a day begins, in SQL. */
export const startOf = (day: string): string => `TIMESTAMPTZ '${day} 00:00:00+00'`;
