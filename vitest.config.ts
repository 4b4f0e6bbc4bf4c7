import {statfsSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {defineConfig} from 'vitest/config';
import {BaseSequencer, type TestSpecification} from 'vitest/node';

/** Those that start whole platforms take longest: begun last, one of them would go on alone while the other core is idle. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({moduleId}: TestSpecification): boolean => moduleId.includes('/test/e2e/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))];
  }
}

const MEMORY_FOLDER = '/dev/shm';
const MEMORY_BYTES_MIN = 2 * 1024 ** 3;

/**
 * Where tests keep their data folders: in memory where there is enough of it, as most of them would otherwise wait for the disk, each
 * transaction anew. What is left after a `kill -9` is the same there. `TMPDIR` chooses another place.
 */
function dataFolder(): string {
  try {
    const {bavail, bsize} = statfsSync(MEMORY_FOLDER);
    if (process.env.TMPDIR === undefined && bavail * bsize >= MEMORY_BYTES_MIN) return MEMORY_FOLDER;
  } catch {
    // Only Linux has it.
  }
  return tmpdir();
}

export default defineConfig({
  // As it is built: React's own tools for developers are not what users run.
  oxc: {jsx: {runtime: 'automatic', development: false}},
  test: {
    include: ['test/**/*.test.ts'],
    env: {TMPDIR: dataFolder()},
    disableConsoleIntercept: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than CI has cores: some wait for what takes its time, and meanwhile another has work.
    maxWorkers: 3,
    isolate: false,
    setupFiles: ['test/support/shared-process.ts'],
    sequence: {sequencer: LongestFirst},
  },
});
