type Tone = 'good' | 'warning' | 'bad' | 'dim' | 'strong';

/** Colours text for a terminal, or leaves it as it is; whoever opens the screen decides which. */
export type Paint = (tone: Tone, text: string) => string;

/** SGR of ECMA-48: on, and off again. */
const CODES: Readonly<Record<Tone, readonly [number, number]>> = {
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
  strong: [1, 22],
};

export const coloured: Paint = (tone, text) => `\u001b[${CODES[tone][0]}m${text}\u001b[${CODES[tone][1]}m`;
export const uncoloured: Paint = (_tone, text) => text;
