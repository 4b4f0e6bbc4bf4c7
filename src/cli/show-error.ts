/** How a failure reaches the user: message, code, hint on stderr, as text or as one JSON object. */
import {ERRORS, type ErrorCode, IotctlError} from '../domain/errors.js';
import {paintFor} from './color.js';
import {visible} from './text-width.js';

interface ShownError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number;
}

/** What oclif puts on its own errors: wrong flags and arguments, unknown commands, and `this.exit()`. */
interface OclifError extends Error {
  readonly code?: string;
  readonly oclif?: {readonly exit?: number};
  readonly parse?: {readonly input?: {readonly context?: {readonly id?: string}}};
}

/** What to say about a failure, or the exit code alone where there is nothing to say. */
function describeError(error: unknown): ShownError | {readonly exitCode: number} {
  if (error instanceof IotctlError) {
    const {code, message, hint, exitCode} = error;
    return {code, message: asTyped(message), hint, exitCode};
  }
  const oclif = error as OclifError | undefined;
  if (oclif?.code === 'EEXIT') return {exitCode: oclif.oclif?.exit ?? 0};
  if (oclif?.oclif?.exit === 2) return {...shown('IOT_USAGE', asTyped(oclif.message)), hint: helpFor(oclif)};
  return shown('IOT_INTERNAL', error instanceof Error ? error.message : String(error));
}

/** Prints a failure to stderr and gives the exit code that the process has to end with. */
export async function showError(error: unknown, asJson: boolean): Promise<number> {
  const described = describeError(error);
  if (!('code' in described)) return described.exitCode;
  const text = asJson ? `${JSON.stringify({error: described})}\n` : await asText(described, error);
  process.stderr.write(text);
  return described.exitCode;
}

async function asText(shownError: ShownError, error: unknown): Promise<string> {
  const paint = await paintFor(process.stderr);
  const lines = [
    `${paint('bad', 'Error:')} ${visibleLines(shownError.message)}`,
    `${paint('dim', 'Code:')} ${shownError.code}`,
    `${paint('dim', 'Try this:')} ${shownError.hint}`,
  ];
  if (shownError.code === 'IOT_INTERNAL' && error instanceof Error && error.stack !== undefined) {
    lines.push(paint('dim', visibleLines(error.stack)));
  }
  return lines.map(line => `${line}\n`).join('');
}

const shown = (code: ErrorCode, message: string): ShownError => ({
  code,
  message,
  hint: ERRORS[code].hint,
  exitCode: ERRORS[code].exitCode,
});

function helpFor(error: OclifError): string {
  const id = error.parse?.input?.context?.id;
  return id === undefined ? 'iotctl --help' : `iotctl ${id.replaceAll(':', ' ')} --help`;
}

/** In the words in which the command was typed: oclif joins them with colons, and says more of a flag's value than helps. */
const asTyped = (message: string): string =>
  message
    .replace(/\nSee more help with --help$/, '')
    .replace(/^Parsing (--\S+) \n\t/, '$1: ')
    .replace(/^command (\S+) not found$/, (_, id: string) => `no command "${id.replaceAll(':', ' ')}"`);

const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

/** Was a JSON format asked for? Read from the bare arguments, as they may be what is wrong. */
export function wantsJson(argv: readonly string[]): boolean {
  let format = process.env.IOTCTL_OUTPUT;
  for (const [index, word] of argv.entries()) {
    if (word === '--') break;
    if (word === '-o' || word === '--output') format = argv[index + 1];
    else if (word.startsWith('--output=')) format = word.slice('--output='.length);
    else if (/^-o./.test(word)) format = word.slice(2).replace(/^=/, '');
  }
  return format === 'json' || format === 'ndjson';
}
