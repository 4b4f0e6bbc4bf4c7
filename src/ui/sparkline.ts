/** A row of bars from U+2581 to U+2588. */
const BARS = '▁▂▃▄▅▆▇█';

/** The last `width` values, each as high as its share of the greatest; empty without values. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = width > 0 ? values.slice(-width) : [];
  const highest = Math.max(...shown, 0);
  return shown.map(value => barOf(value, highest)).join('');
}

/** Only nothing at all has the lowest bar, so that a trickle is seen beside a flood. */
function barOf(value: number, highest: number): string {
  if (highest === 0 || value <= 0) return BARS[0]!;
  return BARS[Math.max(1, Math.round((value / highest) * (BARS.length - 1)))]!;
}
