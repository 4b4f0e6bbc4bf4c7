const STEPS: readonly (readonly [unitMs: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** `3 min ago`, `in 2 h`, `now`: for people; what programs read is RFC 3339. */
export function relativeTime(timeMs: number, nowMs: number): string {
  const distanceMs = Math.abs(nowMs - timeMs);
  const step = STEPS.find(([unitMs]) => distanceMs >= unitMs);
  if (step === undefined) return 'now';
  const text = `${Math.floor(distanceMs / step[0])} ${step[1]}`;
  return timeMs > nowMs ? `in ${text}` : `${text} ago`;
}
