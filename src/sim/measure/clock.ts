/**
 * Milliseconds of the machine's monotonic clock (CLOCK_MONOTONIC), with fractions. Its zero is the machine's own, so
 * times of two processes of one machine can be subtracted; those of two machines cannot.
 */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
