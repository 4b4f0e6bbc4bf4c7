import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import TokenCreate from '../../src/commands/token/create.js';
import TokenDelete from '../../src/commands/token/delete.js';
import TokenList from '../../src/commands/token/list.js';
import {commandTest} from '../support/command-test.js';
import {NEW_SECRET, tokenOf} from '../support/fake-people.js';
import {runCommand} from '../support/run-command.js';

const test = commandTest();

describe('token create', () => {
  it('prints the secret once, and says so beside the result', async () => {
    const {stdout, stderr} = await runCommand(TokenCreate, 'deploy', '--admin');
    expect(stdout.split(NEW_SECRET)).toHaveLength(2);
    expect(stderr).toBe('The secret is shown this once, and can never be read again.\n');
  });

  it.each([
    [['--admin'], {roles: [{role: 'tenant-admin'}]}],
    [['--read-telemetry'], {roles: [{role: 'viewer'}], scopes: ['event:read']}],
    [['--read-telemetry', '--user', 'bob'], {user: 'bob', scopes: ['event:read']}],
    [
      ['--read-telemetry', '--selector', 'site=oslo'],
      {roles: [{role: 'viewer', selector: 'site=oslo'}], scopes: ['event:read']},
    ],
    [['--topics', 'x/#,x/a', '--topics', 'x/b'], {topics: ['x/#', 'x/a', 'x/b']}],
    [['--user', 'bob', '--scope', 'device:read'], {user: 'bob', scopes: ['device:read']}],
    [
      ['--role', 'operator', '--role', 'auditor', '--scope', 'device:read,event:read'],
      {roles: [{role: 'operator'}, {role: 'auditor'}], scopes: ['device:read', 'event:read']},
    ],
  ])('with %j asks for just that', async (argv, wanted) => {
    expect(await runCommand(TokenCreate, 'app', ...argv)).toMatchObject({exitCode: 0});
    expect(test.platform.requests[0]!.body).toEqual({name: 'app', ...wanted});
  });

  it('ends when it is told to', async () => {
    const beforeMs = Date.now();
    await runCommand(TokenCreate, 'app', '--admin', '--expires', '30d');
    const {expiresAt} = test.platform.requests[0]!.body as {expiresAt: string};
    expect(Date.parse(expiresAt) - beforeMs).toBeGreaterThanOrEqual(30 * 86_400_000);
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(30 * 86_400_000);
  });

  it('writes the secret to a file of its owner instead', async () => {
    const path = join(test.folder, 'app.token');
    for (const format of ['table', 'json', 'csv']) {
      const run = await runCommand(
        TokenCreate,
        `app-${format}`,
        '--admin',
        '--secret-file',
        `${path}.${format}`,
        '-o',
        format,
      );
      expect(run.stdout + run.stderr).not.toContain(NEW_SECRET);
      expect(JSON.stringify(run.result)).not.toContain(NEW_SECRET);
      expect(await readFile(`${path}.${format}`, 'utf8')).toBe(`${NEW_SECRET}\n`);
      expect((await stat(`${path}.${format}`)).mode & 0o777).toBe(0o600);
    }
  });

  it.each([
    [[], 'a token that allows nothing'],
    [['--scope', 'device:read'], 'a token that allows nothing'],
    [['--selector', 'site=oslo'], '--selector limits roles'],
    [['--user', 'bob', '--role', 'viewer'], 'cannot also be provided'],
    [['--admin', '--role', 'viewer'], 'cannot also be provided'],
    [['--admin', '--read-telemetry'], 'cannot also be provided'],
    [['--admin', '--scope', 'device:explode'], 'device:explode'],
    [['--admin', '--expires', 'soon'], 'not a duration'],
  ])('refuses %j', async (argv, message) => {
    const {exitCode, stderr} = await runCommand(TokenCreate, 'app', ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });

  it('ends with exit code 5 for a name that is taken', async () => {
    test.platform.tokens.set('app', tokenOf('app'));
    expect(await runCommand(TokenCreate, 'app', '--admin')).toMatchObject({exitCode: 5});
  });
});

describe('token list and delete', () => {
  it('shows whose they are, what they may do and when they were used', async () => {
    test.platform.tokens.set(
      'app',
      tokenOf('app', {
        roles: [{role: 'viewer', selector: 'site=oslo'}],
        scopes: ['event:read'],
        lastUsedAt: '2026-02-01T00:00:00.000Z',
        lastUsedFrom: '192.0.2.7',
      }),
    );
    test.platform.tokens.set('mine', tokenOf('mine', {user: 'alice'}));
    const {stdout} = await runCommand(TokenList, '-o', 'csv');
    const [head, app, mine] = stdout.split('\r\n');
    expect(head).toBe('name,kind,owner,roles,scopes,topics,createdAt,expiresAt,lastUsedAt,lastUsedFrom');
    expect(app).toBe(
      'app,api,,viewer on site=oslo,event:read,,2026-01-31T12:00:00.000Z,,2026-02-01T00:00:00.000Z,192.0.2.7',
    );
    expect(mine).toContain('mine,api,alice,,all of its roles');
  });

  it('never shows a secret again', async () => {
    await runCommand(TokenCreate, 'dash', '--topics', 'x/#');
    for (const format of ['table', 'json', 'ndjson', 'csv'])
      expect((await runCommand(TokenList, '-o', format)).stdout).not.toContain(NEW_SECRET);
  });

  it('deletes with --yes, and only says so with --dry-run', async () => {
    test.platform.tokens.set('app', tokenOf('app'));
    expect(await runCommand(TokenDelete, 'app')).toMatchObject({exitCode: 2});
    expect((await runCommand(TokenDelete, 'app', '--dry-run', '-q')).stdout).toBe('app\n');
    expect(test.platform.tokens.size).toBe(1);
    expect(await runCommand(TokenDelete, 'app', '--yes')).toMatchObject({exitCode: 0});
    expect(await runCommand(TokenDelete, 'app', '--yes')).toMatchObject({exitCode: 4});
  });
});
