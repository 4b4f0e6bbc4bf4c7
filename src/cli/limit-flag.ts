/** `--limit name=value`, with the limits of the one table. */
import * as Flags from '@oclif/core/flags';
import {LIMIT_NAMES, type Limits, parseLimits} from '../domain/limits.js';

export const limitFlag = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  delimiter: ',',
  description: `a limit of the gateway, name=value; may be given several times. There are: ${LIMIT_NAMES.join(', ')} [default: see docs/security.md]`,
});

export const limitsOf = (texts: readonly string[]): Partial<Limits> => parseLimits(texts);
