import {readdir} from 'node:fs/promises';
import {describe, expect, it} from 'vitest';
import {tokenOfCommand} from '../../src/client/token-command.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const failure = (words: string) => ({
  code: 'IOT_TOKEN_COMMAND',
  exitCode: 6,
  message: expect.stringContaining(words) as string,
});

describe('the command for a token', () => {
  it('is a line of the shell, and the token the first line of what it prints', async () => {
    expect(await tokenOfCommand("printf ' one\\ntwo\\n'")).toBe('one');
    expect(await tokenOfCommand('echo first | tr a-z A-Z; echo note >&2')).toBe('FIRST');
  });

  it('does not wait for, or take, what is piped into iotctl', async () => {
    expect(await tokenOfCommand('cat; echo token')).toBe('token');
  });

  it('is run each time, as nothing is kept', async () => {
    await using folder = await temporaryFolder();
    const command = `mktemp '${folder.path}/run-XXXXXX' > /dev/null; echo token`;
    await tokenOfCommand(command);
    await tokenOfCommand(command);
    expect(await readdir(folder.path)).toHaveLength(2);
  });

  it.each([
    ['exit 3', 'exit code 3'],
    ['no-such-command-here 2> /dev/null', 'exit code 127'],
    ['kill -9 $$', 'SIGKILL'],
    ['true', 'it printed none'],
    ['echo; echo token', 'it printed none'],
    ['yes', 'more than 65536 bytes'],
  ])('%j fails with a reason', async (command, words) => {
    await expect(tokenOfCommand(command)).rejects.toMatchObject(failure(words));
  });

  it('never shows what it printed', async () => {
    for (const command of ['echo "secret with blanks"', 'echo secret; exit 1']) {
      const error = await tokenOfCommand(command).catch((problem: unknown) => problem);
      expect(error).toMatchObject({code: 'IOT_TOKEN_COMMAND'});
      expect((error as Error).message).not.toContain('secret');
    }
  });

  it('is given up when it does not end, even if what it started goes on', async () => {
    await expect(tokenOfCommand('sleep 2 & sleep 2', 100)).rejects.toMatchObject(failure('within 100 ms'));
  });
});
