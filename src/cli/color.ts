/** Whether to colour, and with what. chalk is loaded only when something is going to be coloured. */

/** Of the lines of a chart, in this order. */
export const LINE_TONES = ['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'line 6'] as const;

export type Tone =
  | 'good'
  | 'warning'
  | 'bad'
  | 'dim'
  | 'strong'
  | 'light on dark'
  | (typeof LINE_TONES)[number];
export type Paint = (tone: Tone, text: string) => string;

export const plain: Paint = (_tone, text) => text;

let refused = false;

/** What `--no-color` does. */
export const refuseColor = (): void => {
  refused = true;
};

/** https://no-color.org and https://force-color.org: a flag, then NO_COLOR, then FORCE_COLOR, then the terminal. */
function wantsColor(stream: {isTTY?: boolean}): boolean {
  if (refused || process.argv.includes('--no-color')) return false;
  const {NO_COLOR, FORCE_COLOR, TERM} = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && TERM !== 'dumb';
}

export async function paintFor(stream: {isTTY?: boolean}): Promise<Paint> {
  if (!wantsColor(stream)) return plain;
  const {Chalk} = await import('chalk');
  const chalk = new Chalk({level: 1});
  const tones: Record<Tone, (text: string) => string> = {
    good: chalk.green,
    warning: chalk.yellow,
    bad: chalk.red,
    dim: chalk.dim,
    strong: chalk.bold,
    'light on dark': chalk.whiteBright.bgBlack,
    'line 1': chalk.cyan,
    'line 2': chalk.yellow,
    'line 3': chalk.magenta,
    'line 4': chalk.green,
    'line 5': chalk.blue,
    'line 6': chalk.red,
  };
  return (tone, text) => tones[tone](text);
}
