/** Files that people write: YAML, or JSON, which is YAML too. */
import {readFile} from 'node:fs/promises';
import {IotctlError} from '../domain/errors.js';

/** Aliases are followed so often at most: a file of a page must not become one of gigabytes. */
const ALIASES_MAX = 100;

export interface YamlDocument {
  readonly value: unknown;
  /** Where something in it stands: the line of the nearest thing on the way that is there, counted from 1. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
}

/** Each document of the file. Throws `IOT_INPUT_INVALID`, naming the line. */
export async function readYamlFile(path: string, bytesMax: number): Promise<YamlDocument[]> {
  const {parseAllDocuments, LineCounter, isNode} = await import('yaml');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`,
    );
  });
  if (text.length > bytesMax)
    throw new IotctlError('IOT_INPUT_INVALID', `${path} has more than ${bytesMax} bytes`);
  const lineCounter = new LineCounter();
  const documents = [...parseAllDocuments(text, {lineCounter})];
  const [flaw] = documents.flatMap(({errors}) => errors);
  if (flaw) throw new IotctlError('IOT_INPUT_INVALID', `${path}: ${flaw.message.split('\n')[0]}`);
  if (documents.length === 0) throw new IotctlError('IOT_INPUT_INVALID', `${path} is empty`);
  return documents.map(document => ({
    value: document.toJS({maxAliasCount: ALIASES_MAX}) as unknown,
    lineOf(inside) {
      for (let depth = inside.length; depth >= 0; depth--) {
        const node = depth === 0 ? document.contents : document.getIn(inside.slice(0, depth), true);
        if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
      }
      return 1;
    },
  }));
}
