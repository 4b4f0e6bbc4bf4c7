/**
 * The stream as plain JavaScript, for the threads and processes that tests start: Node cannot run TypeScript there.
 */
import {execFileSync} from 'node:child_process';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Compiles src/ into `folder`; resolves to the URL of the stream's module there. */
export async function compileStream(folder: string): Promise<string> {
  const output = join(folder, 'compiled');
  await mkdir(output);
  await writeFile(join(output, 'package.json'), '{"type":"module"}');
  await symlink(join(PROJECT, 'node_modules'), join(output, 'node_modules'));
  const compiler = join(PROJECT, 'node_modules/.bin/tsc');
  execFileSync(compiler, [
    '-p',
    join(PROJECT, 'tsconfig.build.json'),
    '--outDir',
    output,
    '--sourceMap',
    'false',
  ]);
  return pathToFileURL(join(output, 'stream/lmdb-stream.js')).href;
}
