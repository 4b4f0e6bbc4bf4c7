/** Texts in the order in which SQL sorts them: by the bytes of their UTF-8, which is by code points. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

export function compareNullsFirst(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return compareTexts(a, b);
}

/** As SQL has it unless it is told otherwise. */
export const compareNullsLast = (a: string | null, b: string | null): number =>
  a === null || b === null ? -compareNullsFirst(a, b) : compareTexts(a, b);

/** Halves of what is beyond U+FFFF come behind all other code units: UTF-16 has them before the last ones. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x1_0000 : unit);
