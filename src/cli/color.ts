/** Whether to colour, and with what. chalk is loaded only when something is going to be coloured. */

export type Tone = 'good' | 'warning' | 'bad' | 'dim' | 'strong' | 'light on dark';
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
  };
  return (tone, text) => tones[tone](text);
}
