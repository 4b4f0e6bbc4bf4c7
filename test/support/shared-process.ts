/**
 * Test files follow each other in one process, as starting one and loading every module again took longer than most of them: each leaves
 * the process as it found it, so that none depends on which came before.
 */
import {afterAll, vi} from 'vitest';
import {restoreEnvironment} from './environment.js';

const environment = {...process.env};
const folder = process.cwd();

afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  restoreEnvironment(environment);
  process.chdir(folder);
  process.exitCode = undefined;
});
