import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** A folder of its own, removed with all in it at the end of the test. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'iotctl-test-stream-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, {recursive: true, force: true}),
  };
}
