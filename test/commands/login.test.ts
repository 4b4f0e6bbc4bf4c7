import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {loadContexts, saveContext} from '../../src/client/contexts.js';
import Login from '../../src/commands/login.js';
import Logout from '../../src/commands/logout.js';
import {commandTest} from '../support/command-test.js';
import {TOKEN} from '../support/fake-platform.js';
import {runCommand} from '../support/run-command.js';
import {withStdin, withTyped} from '../support/with-stdin.js';

const PASSWORD = 'correct horse battery';
const SESSION = 'iotctl_ses_alice';

const test = commandTest();

async function logIn(...argv: string[]) {
  test.platform.passwords.set('alice', PASSWORD);
  using _stdin = withStdin(`${PASSWORD}\n`);
  return await runCommand(Login, '--password-stdin', ...argv);
}

const contextOf = async (name: string) =>
  (await loadContexts()).contexts.find(context => context.name === name);

describe('login', () => {
  it('keeps the token in a context of its own, so that the one there was is not lost', async () => {
    const run = await logIn('alice@acme', '-o', 'json');
    expect(JSON.parse(run.stdout)).toMatchObject({context: 'alice.acme', user: 'alice', tenant: 'acme'});
    expect(run.stdout + run.stderr).not.toMatch(/horse|iotctl_/);
    expect(await contextOf('alice.acme')).toMatchObject({
      url: test.platform.url,
      token: SESSION,
      tenant: 'acme',
      user: 'alice',
    });
    expect(await contextOf('local')).toMatchObject({token: TOKEN});
    expect((await loadContexts()).current).toBe('alice.acme');
    const file = join(test.folder, 'iotctl', 'config.yaml');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).not.toContain('horse');
  });

  it('never sends the token of someone else along', async () => {
    await logIn('alice@acme');
    expect(test.platform.requests).toMatchObject([
      {method: 'POST', url: '/v1/login', body: {user: 'alice', tenant: 'acme', password: PASSWORD}},
    ]);
    expect(test.platform.requests[0]!.authorization).not.toContain(TOKEN);
  });

  it('asks at a terminal without an echo, and knows who it was the last time', async () => {
    await logIn('alice@acme');
    using _typed = withTyped(PASSWORD);
    const {stderr, exitCode} = await runCommand(Login);
    expect(stderr).toBe(`Password of alice@acme at ${test.platform.url}: \n`);
    expect(exitCode).toBe(0);
    expect((await loadContexts()).contexts.map(({name}) => name)).toEqual(['local', 'alice.acme']);
  });

  it('goes to the context that is named, and makes one with --url', async () => {
    const {url} = test.platform;
    expect(await logIn('alice@acme', '--context', 'local')).toMatchObject({exitCode: 0});
    expect(await contextOf('local')).toMatchObject({token: SESSION, mqttUrl: 'mqtt://127.0.0.1:1883'});
    expect(await logIn('alice@acme', '--url', url, '--context', 'lab')).toMatchObject({exitCode: 0});
    expect(await contextOf('lab')).toMatchObject({url, token: SESSION});
  });

  it('does not turn a context to another platform', async () => {
    await saveContext({name: 'lab', url: 'http://127.0.0.1:1', token: 'other'});
    const run = await logIn('alice@acme', '--url', test.platform.url, '--context', 'lab');
    expect(run).toMatchObject({exitCode: 5, error: {code: 'IOT_CONFLICT'}});
    expect(await contextOf('lab')).toMatchObject({token: 'other'});
    expect(test.platform.requests).toEqual([]);
  });

  it('changes nothing when the password is wrong', async () => {
    using _stdin = withStdin('wrong password\n');
    const run = await runCommand(Login, 'alice@acme', '--password-stdin');
    expect(run).toMatchObject({exitCode: 6, error: {code: 'IOT_UNAUTHENTICATED'}});
    expect((await loadContexts()).contexts.map(({name}) => name)).toEqual(['local']);
  });

  it.each([
    [['alice'], 'not USER@TENANT'],
    [['alice@'], 'not USER@TENANT'],
    [['alice@ACME'], 'not USER@TENANT'],
    [[], 'nobody has logged in to context local before'],
    [['alice@acme', '--url', 'mqtt://x'], 'not the URL of an API'],
    [['alice@acme'], 'pass --password-stdin, as there is nobody here to ask'],
  ])('refuses %j', async (argv, message) => {
    using _stdin = withStdin('');
    const {stderr, exitCode} = await runCommand(Login, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });
});

describe('logout', () => {
  it('ends the session on the platform and in the context', async () => {
    await logIn('alice@acme');
    expect(await runCommand(Logout)).toMatchObject({exitCode: 0});
    expect(test.platform.sessions.size).toBe(0);
    expect(await contextOf('alice.acme')).toMatchObject({token: '', user: 'alice'});
    expect(await runCommand(Logout)).toMatchObject({exitCode: 5});
    expect(await logIn()).toMatchObject({exitCode: 0});
    expect(await contextOf('alice.acme')).toMatchObject({token: SESSION});
  });

  it('forgets a session that was over already', async () => {
    await logIn('alice@acme');
    test.platform.sessions.clear();
    const run = await runCommand(Logout);
    expect(run).toMatchObject({exitCode: 0, stderr: 'The session was over already.\n'});
    expect(await contextOf('alice.acme')).toMatchObject({token: ''});
  });

  it('leaves a token alone that no login made', async () => {
    const {stderr, exitCode} = await runCommand(Logout);
    expect(stderr).toContain('this token is not of a login');
    expect(exitCode).toBe(5);
    expect(await contextOf('local')).toMatchObject({token: TOKEN});
  });
});
