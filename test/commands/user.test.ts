import {describe, expect, it} from 'vitest';
import UserCreate from '../../src/commands/user/create.js';
import UserDelete from '../../src/commands/user/delete.js';
import UserDisable from '../../src/commands/user/disable.js';
import UserEnable from '../../src/commands/user/enable.js';
import UserList from '../../src/commands/user/list.js';
import UserPasswd from '../../src/commands/user/passwd.js';
import UserShow from '../../src/commands/user/show.js';
import {commandTest} from '../support/command-test.js';
import {runCommand} from '../support/run-command.js';
import {withStdin, withTyped} from '../support/with-stdin.js';

/** Must never be seen: not in what is printed, and not as an argument. */
const PASSWORD = 'correct horse battery';

const test = commandTest();

describe('user create', () => {
  it('takes the password from stdin, and never shows it', async () => {
    using _stdin = withStdin(`${PASSWORD}\n`);
    const run = await runCommand(
      UserCreate,
      'alice',
      '--role',
      'operator,viewer',
      '--selector',
      'site=oslo',
      '--password-stdin',
      '-o',
      'json',
    );
    expect(run).toMatchObject({exitCode: 0});
    expect(run.stdout + run.stderr).not.toContain('horse');
    expect(test.platform.passwords.get('alice')).toBe(PASSWORD);
    expect(test.platform.requests[0]!.body).toMatchObject({
      kind: 'person',
      roles: [
        {role: 'operator', selector: 'site=oslo'},
        {role: 'viewer', selector: 'site=oslo'},
      ],
    });
  });

  it('asks twice at a terminal, without an echo', async () => {
    using _typed = withTyped(PASSWORD, PASSWORD);
    const run = await runCommand(UserCreate, 'alice', '-q');
    expect(run).toMatchObject({stdout: 'alice\n', exitCode: 0});
    expect(run.stderr).toBe('New password of alice: \nThe same again: \n');
    expect(test.platform.passwords.get('alice')).toBe(PASSWORD);
  });

  it('refuses two that are not the same', async () => {
    using _typed = withTyped(PASSWORD, 'correct horse batery');
    const {stderr, exitCode} = await runCommand(UserCreate, 'alice');
    expect(stderr).toContain('the two passwords are not the same');
    expect(stderr).not.toContain('horse');
    expect(exitCode).toBe(2);
  });

  it('makes a service account without a password', async () => {
    const {stdout} = await runCommand(
      UserCreate,
      'importer',
      '--service',
      '--display-name',
      'The importer',
      '-o',
      'json',
    );
    expect(JSON.parse(stdout)).toMatchObject({kind: 'service', displayName: 'The importer'});
    expect(test.platform.requests[0]!.body).not.toHaveProperty('password');
  });

  it.each([
    [[], '', 'pass --password-stdin, as there is nobody here to ask'],
    [['--password-stdin'], 'short\n', 'a password has 12 to 256 characters'],
    [['--password-stdin'], 'aaaaaaaaaaaaaaaa\n', 'the password repeats itself'],
    [['--password-stdin'], '', 'a password has 12'],
    [['--password-stdin', '--service'], 'x\n', 'cannot also be provided'],
    [['--service', '--selector', 'site=oslo'], '', '--selector limits roles, and there is none'],
    [['--service', '--role', 'viewer', '--selector', 'site'], '', 'not key=value in a selector'],
    [['--service', '--role', 'king'], '', 'king'],
  ])('refuses %j with %j on stdin', async (argv, typed, message) => {
    using _stdin = withStdin(typed);
    const {stderr, exitCode} = await runCommand(UserCreate, 'alice', ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });
});

describe('user list, show, disable, enable and delete', () => {
  const add = (name: string) => runCommand(UserCreate, name, '--service');

  it('show and change one user', async () => {
    await add('alice');
    await add('bob');
    expect((await runCommand(UserList, '-q')).stdout).toBe('alice\nbob\n');
    expect((await runCommand(UserShow, 'bob')).stdout).toMatch(/TENANT +default\n/);
    expect(JSON.parse((await runCommand(UserDisable, 'bob', '-o', 'json')).stdout)).toMatchObject({
      state: 'disabled',
    });
    expect(JSON.parse((await runCommand(UserEnable, 'bob', '-o', 'json')).stdout)).toMatchObject({
      state: 'active',
    });
    for (const command of [UserShow, UserDisable, UserEnable])
      expect(await runCommand(command, 'eve')).toMatchObject({
        exitCode: 4,
        error: {code: 'IOT_USER_UNKNOWN'},
      });
  });

  it('delete only with --yes where there is nobody to ask', async () => {
    await add('alice');
    expect(await runCommand(UserDelete, 'alice')).toMatchObject({exitCode: 2});
    expect(JSON.parse((await runCommand(UserDelete, 'alice', '--dry-run', '-o', 'json')).stdout)).toEqual({
      id: 'alice',
      action: 'delete',
    });
    expect(test.platform.users.size).toBe(1);
    expect(await runCommand(UserDelete, 'alice', '--yes')).toMatchObject({exitCode: 0});
    expect(test.platform.users.size).toBe(0);
  });
});

describe('user passwd', () => {
  it('changes one’s own with the old one', async () => {
    test.platform.me = {...test.platform.me, user: 'alice', subject: 'user:alice'};
    test.platform.passwords.set('alice', 'old password 1');
    {
      using _stdin = withStdin(`old password 1\n${PASSWORD}\n`);
      const run = await runCommand(UserPasswd, '--password-stdin');
      expect(run).toMatchObject({exitCode: 0});
      expect(run.stdout + run.stderr).not.toMatch(/horse|old password/);
    }
    expect(test.platform.passwords.get('alice')).toBe(PASSWORD);
    using _typed = withTyped(PASSWORD, 'another long one', 'another long one');
    const {stderr} = await runCommand(UserPasswd);
    expect(stderr).toBe('Your password now: \nNew password of alice: \nThe same again: \n');
    expect(test.platform.passwords.get('alice')).toBe('another long one');
  });

  it('sets that of another user', async () => {
    await runCommand(UserCreate, 'bob', '--service');
    using _stdin = withStdin(PASSWORD);
    expect(await runCommand(UserPasswd, 'bob', '--password-stdin')).toMatchObject({exitCode: 0});
    expect(test.platform.passwords.get('bob')).toBe(PASSWORD);
  });

  it('says that a token has no password', async () => {
    using _stdin = withStdin(PASSWORD);
    const {stderr, exitCode} = await runCommand(UserPasswd, '--password-stdin');
    expect(stderr).toContain('token:first has no password: name the user');
    expect(exitCode).toBe(2);
  });

  it('ends with exit code 6 when the old one is wrong, and needs both', async () => {
    test.platform.me = {...test.platform.me, user: 'alice'};
    {
      using _stdin = withStdin(`wrong\n${PASSWORD}\n`);
      expect(await runCommand(UserPasswd, '--password-stdin')).toMatchObject({exitCode: 6});
    }
    using _stdin = withStdin(PASSWORD);
    expect(await runCommand(UserPasswd, '--password-stdin')).toMatchObject({exitCode: 2});
  });
});
