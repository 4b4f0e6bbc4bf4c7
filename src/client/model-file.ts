import {readYamlFile} from './yaml-file.js';

/** A model file is a page, not a database. */
const BYTES_MAX = 512 * 1024;

/** Each model of the file. Throws `IOT_INPUT_INVALID`, naming the line. */
export const readModelFile = async (path: string): Promise<unknown[]> =>
  (await readYamlFile(path, BYTES_MAX)).map(({value}) => value);
