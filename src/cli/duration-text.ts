const UNITS: readonly (readonly [unitMs: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
  [1, 'ms'],
];

/** `1h30m`, `250ms`: the two largest units, as durations are typed. */
export function durationText(durationMs: number): string {
  const first = UNITS.findIndex(([unitMs]) => durationMs >= unitMs);
  if (first < 0) return '0s';
  let restMs = durationMs;
  let text = '';
  for (const [unitMs, name] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0) text += `${count}${name}`;
  }
  return text;
}
