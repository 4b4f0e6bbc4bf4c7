/** Whom a role is given to: a user, or a token that acts for itself. */
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../domain/errors.js';
import {isSubject, type Subject} from '../domain/user.js';

export const SUBJECT_FLAGS = {
  user: Flags.string({description: 'the name of a user', exclusive: ['token']}),
  // `IOTCTL_TOKEN` is a secret: this is only the name of one.
  token: Flags.string({description: 'the name of a token', exclusive: ['user'], env: 'IOTCTL_TOKEN_NAME'}),
};

/** `user:alice` or `token:ci`; undefined where neither is named. Throws `IOT_USAGE` for what is not a name. */
export function subjectOf({
  user,
  token,
}: {
  user?: string | undefined;
  token?: string | undefined;
}): Subject | undefined {
  if (user === undefined && token === undefined) return undefined;
  const subject = user === undefined ? `token:${token}` : `user:${user}`;
  if (isSubject(subject)) return subject;
  // What was given instead of a name may be a secret: it is not repeated.
  throw new IotctlError(
    'IOT_USAGE',
    `--${user === undefined ? 'token' : 'user'} needs a name, and that is none`,
  );
}
