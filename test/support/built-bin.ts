/** The built binary, as users run it. `npm test` builds it first. */
import {existsSync} from 'node:fs';
import {execa, type Options} from 'execa';

const BIN = new URL('../../bin/run.js', import.meta.url).pathname;
const BUILT = new URL('../../dist/cli/run.js', import.meta.url).pathname;

/** Starts `iotctl` with these arguments; a failing exit code is a result, not an exception. */
export function iotctl(argv: readonly string[], options: Options = {}) {
  if (!existsSync(BUILT)) throw new Error('nothing is built: run `npm run build` first');
  return execa(process.execPath, [BIN, ...argv], {
    reject: false,
    timeout: 60_000,
    stripFinalNewline: false,
    ...options,
    env: {NO_COLOR: '1', ...options.env},
  });
}
