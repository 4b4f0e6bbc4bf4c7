/** Which dead letters of a consumer. */
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../../domain/errors.js';

export const LETTER_FLAGS = {
  offset: Flags.integer({
    multiple: true,
    multipleNonGreedy: true,
    min: 0,
    description: 'the dead letter with this offset; may be given several times',
    exclusive: ['all'],
  }),
  all: Flags.boolean({description: 'all of them'}),
};

/** Undefined is all of them. Throws `IOT_USAGE` where nothing is said. */
export function chosenLetters({
  offset,
  all,
}: {
  offset?: number[] | undefined;
  all: boolean;
}): number[] | undefined {
  if (!all && offset === undefined) throw new IotctlError('IOT_USAGE', 'which? Give --offset, or --all');
  return offset;
}
