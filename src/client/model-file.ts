/** Model files: YAML, or JSON, which is YAML too. */
import {readFile} from 'node:fs/promises';
import {IotctlError} from '../domain/errors.js';

/** A model file is a page, not a database. */
const BYTES_MAX = 512 * 1024;

/** Each document of the file. Throws `IOT_INPUT_INVALID`, naming the line. */
export async function readModelFile(path: string): Promise<unknown[]> {
  const {parseAllDocuments} = await import('yaml');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`,
    );
  });
  if (text.length > BYTES_MAX)
    throw new IotctlError('IOT_INPUT_INVALID', `${path} has more than ${BYTES_MAX} bytes`);
  const documents = parseAllDocuments(text);
  const [flaw] = [...documents].flatMap(({errors}) => errors);
  if (flaw) throw new IotctlError('IOT_INPUT_INVALID', `${path}: ${flaw.message.split('\n')[0]}`);
  const values = [...documents].map(document => document.toJS({maxAliasCount: 100}) as unknown);
  if (values.length === 0) throw new IotctlError('IOT_INPUT_INVALID', `${path} is empty`);
  return values;
}
