import {afterEach, beforeEach} from 'vitest';
import {startFakePlatform, TOKEN} from './fake-platform.js';
import {withContext} from './with-context.js';

interface CommandTest {
  platform: Awaited<ReturnType<typeof startFakePlatform>>;
  /** The configuration folder, with the context `local`. */
  folder: string;
}

/** A platform and a context for each test of a file; call it once, at the top of the file. */
export function commandTest(): CommandTest {
  const test = {} as CommandTest;
  let context: Awaited<ReturnType<typeof withContext>>;
  beforeEach(async () => {
    test.platform = await startFakePlatform();
    context = await withContext(test.platform.url, TOKEN);
    test.folder = context.folder;
  });
  afterEach(async () => {
    await context[Symbol.asyncDispose]();
    await test.platform[Symbol.asyncDispose]();
  });
  return test;
}
