/** Numbers as people read them in passing. */

const GROUPS = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});

/** `1,234,567` */
export const countText = (count: number): string => GROUPS.format(count);

/** Milliseconds with as many digits as tell: `0.042`, `1.24`, `38.1`, `1204`. */
export function msText(ms: number): string {
  if (ms >= 100) return String(Math.round(ms));
  return ms.toFixed(ms >= 10 ? 1 : ms >= 1 ? 2 : 3);
}

/** `0:42`, `12:05`, `3:00:00` */
export function clockText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
