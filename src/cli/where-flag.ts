/** `--where` and `--sort`, checked where they are typed. */
import * as Flags from '@oclif/core/flags';
import {parseSort} from '../domain/device-sort.js';
import {parseWhere} from '../domain/device-where.js';

/** Several flags are one condition: all of them have to hold. */
export const whereFlag = Flags.custom<string>({
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'TERM[,TERM…]',
  description:
    'only devices for which every term holds, such as lastSeen>10m or health!=ok; may be given several times [default: all]',
  parse: async text => {
    parseWhere(text, Date.now());
    return text;
  },
});

export const sortFlag = Flags.custom<string>({
  helpValue: 'FIELD[:desc]',
  description: 'what to sort by; those without a value come first [default: id]',
  parse: async text => {
    parseSort(text);
    return text;
  },
});

export const whereOf = (texts: readonly string[] | undefined): string | undefined => texts?.join(',');
