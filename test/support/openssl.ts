/** Debian's openssl, which nobody here wrote, as a second opinion. It is always there, so without it a test fails. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {temporaryFolder} from './temporary-folder.js';

/** Runs openssl in a folder that holds these files; answers with everything it printed and whether it was content. */
export async function openssl(
  files: Record<string, string>,
  ...args: string[]
): Promise<{ok: boolean; text: string}> {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder.path, name), text, {mode: 0o600});
  const {exitCode, stdout, stderr} = await execa('openssl', args, {cwd: folder.path, reject: false});
  if (exitCode === undefined) throw new Error('openssl is not installed (apt-get install openssl)');
  return {ok: exitCode === 0, text: [stdout, stderr].filter(text => text !== '').join('\n')};
}
