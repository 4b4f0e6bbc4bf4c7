/** YAML for files that people go on writing. */
import {stringify} from 'yaml';

export const writeYaml = (value: unknown): string => stringify(value, {lineWidth: 120});
