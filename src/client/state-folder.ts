import {homedir} from 'node:os';
import {join} from 'node:path';

/** Where this user's state is kept between commands (XDG Base Directory Specification). */
export const stateFolder = (): string =>
  join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'iotctl');
