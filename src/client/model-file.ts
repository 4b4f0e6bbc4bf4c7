import {readYamlFile, type YamlDocument} from './yaml-file.js';

/** A model file is a page, not a database. */
const BYTES_MAX = 512 * 1024;

/** Each model of the file, with its lines. Throws `IOT_INPUT_INVALID`, naming the line. */
export const readModelDocuments = (path: string): Promise<YamlDocument[]> => readYamlFile(path, BYTES_MAX);

export const readModelFile = async (path: string): Promise<unknown[]> =>
  (await readModelDocuments(path)).map(({value}) => value);
