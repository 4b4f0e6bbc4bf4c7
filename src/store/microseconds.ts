/** DuckDB counts time in microseconds; of a time or a duration that a question gives in milliseconds, whole ones count. */
export const microseconds = (ms: number): number => Math.trunc(ms) * 1000;
