import {IotctlError} from '../../domain/errors.js';

/**
 * The words of a command line: parted by white space, but not within quotes of either kind; a backslash takes the next
 * character as it is, except in single quotes. Nothing else has a meaning. Throws `IOT_USAGE`.
 */
export function commandWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char === '\\' && quote !== "'" && index + 1 < text.length) word = (word ?? '') + text[++index]!;
    else if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') throw new IotctlError('IOT_USAGE', `a quote ${quote} is not closed: ${text}`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new IotctlError('IOT_USAGE', 'the command is empty');
  return words;
}
