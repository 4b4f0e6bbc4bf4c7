/** Which devices a command is about: ids as arguments, `-` for ids on stdin, or `--selector`. */
import * as Flags from '@oclif/core/flags';
import type {ApiClient} from '../client/api-client.js';
import {IotctlError} from '../domain/errors.js';
import {openInput, readWords} from './lines-in.js';

export const selectorFlag = Flags.string({
  description: "every device with these labels, such as 'site=oslo,model=thermostat' [default: none]",
});

/** The ids in the order in which they were named, each once. Throws `IOT_USAGE` when nothing is named, or both ways. */
export async function selectedIds(
  api: ApiClient,
  words: readonly string[],
  selector: string | undefined,
): Promise<string[]> {
  if (selector !== undefined) {
    if (words.length > 0) throw new IotctlError('IOT_USAGE', 'give either ids or --selector, not both');
    const ids: string[] = [];
    for await (const device of api.allDevices({selector})) ids.push(device.id);
    return ids;
  }
  const ids = await expandIds(words);
  if (ids.length === 0)
    throw new IotctlError('IOT_USAGE', 'no device named: give ids, - for stdin, or --selector');
  return ids;
}

/** Replaces `-` by the ids on stdin. */
export async function expandIds(words: readonly string[]): Promise<string[]> {
  const ids = words.includes('-') ? await readWords(openInput('-')) : [];
  return [...new Set(words.flatMap(word => (word === '-' ? ids : [word])))];
}
