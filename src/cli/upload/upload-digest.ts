/** What an upload is known by: the file's bytes, and everything that decides what becomes of them. */
import {createHash, randomUUID} from 'node:crypto';
import {openInput} from '../lines-in.js';

/** SHA-256; of stdin, which cannot be read twice, one that is never seen again. */
export async function uploadDigest(path: string, decisions: readonly unknown[]): Promise<string> {
  if (path === '-') return `once:${randomUUID()}`;
  const hash = createHash('sha256').update(JSON.stringify(decisions));
  for await (const bytes of openInput(path)) hash.update(bytes);
  return `sha256:${hash.digest('hex')}`;
}
