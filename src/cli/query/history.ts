/** The lines that were typed at the prompt, newest first, in the user's state folder and for this user's eyes only. */
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {stateFolder} from '../../client/state-folder.js';

const LINES_MAX = 500;

const historyFile = (): string => join(stateFolder(), 'query-history');

export async function readHistory(): Promise<string[]> {
  const text = await readFile(historyFile(), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).slice(0, LINES_MAX);
}

export async function writeHistory(lines: readonly string[]): Promise<void> {
  await mkdir(stateFolder(), {recursive: true, mode: 0o700});
  const text = lines
    .slice(0, LINES_MAX)
    .map(line => `${line}\n`)
    .join('');
  await writeFile(historyFile(), text, {mode: 0o600});
  await chmod(historyFile(), 0o600);
}
