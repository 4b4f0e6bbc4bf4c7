import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** A folder of its own for a test; gone when the test's scope ends. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'iotctl-test-'));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, {recursive: true, force: true});
    },
  };
}
