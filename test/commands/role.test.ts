import {afterEach, describe, expect, it} from 'vitest';
import AuthCanI from '../../src/commands/auth/can-i.js';
import AuthWhoami from '../../src/commands/auth/whoami.js';
import RoleBindings from '../../src/commands/role/bindings.js';
import RoleGrant from '../../src/commands/role/grant.js';
import RoleList from '../../src/commands/role/list.js';
import RoleRevoke from '../../src/commands/role/revoke.js';
import {commandTest} from '../support/command-test.js';
import {TOKEN} from '../support/fake-platform.js';
import {runCommand} from '../support/run-command.js';

const test = commandTest();

afterEach(() => {
  delete process.env.IOTCTL_TOKEN;
  delete process.env.IOTCTL_URL;
});

describe('role', () => {
  it('lists the roles, and each of their permissions', async () => {
    expect((await runCommand(RoleList, '-q')).stdout).toContain('platform-admin\ntenant-admin\noperator\n');
    const {stdout} = await runCommand(RoleList, '--permissions', '-o', 'ndjson');
    expect(stdout).toContain('{"role":"analyst","permission":"query:run"}\n');
  });

  it('grants, shows and revokes', async () => {
    const granted = await runCommand(
      RoleGrant,
      'viewer',
      '--user',
      'bob',
      '--selector',
      'customer=fjord',
      '-o',
      'json',
    );
    expect(JSON.parse(granted.stdout)).toMatchObject({
      subject: 'user:bob',
      role: 'viewer',
      selector: 'customer=fjord',
    });
    await runCommand(RoleGrant, 'operator', '--token', 'ci');
    expect((await runCommand(RoleBindings, '--user', 'bob', '-q')).stdout).toBe('binding-1\n');
    expect((await runCommand(RoleBindings, '--token', 'ci', '-q')).stdout).toBe('binding-2\n');
    expect((await runCommand(RoleRevoke, 'binding-1', '--dry-run', '-q')).stdout).toBe('binding-1\n');
    expect(test.platform.bindings.size).toBe(2);
    expect(await runCommand(RoleRevoke, 'binding-1')).toMatchObject({exitCode: 0});
    expect(await runCommand(RoleRevoke, 'binding-1')).toMatchObject({exitCode: 4});
  });

  it('never takes the secret of the environment for the name of a token', async () => {
    process.env.IOTCTL_URL = test.platform.url;
    process.env.IOTCTL_TOKEN = TOKEN;
    const run = await runCommand(RoleGrant, 'viewer', '--user', 'bob');
    expect(run).toMatchObject({exitCode: 0});
    expect(run.stdout + run.stderr).not.toContain(TOKEN);
    expect(test.platform.requests[0]!.body).toEqual({subject: 'user:bob', role: 'viewer'});
  });

  it.each([
    [['viewer'], 'give the role to someone'],
    [['viewer', '--user', 'a', '--token', 'b'], 'cannot also be provided'],
    [['king', '--user', 'a'], 'king'],
    [['viewer', '--user', 'a b'], '--user needs a name'],
    [['viewer', '--user', 'a', '--selector', '=x'], 'not key=value'],
  ])('refuses to grant %j', async (argv, message) => {
    const {exitCode, stderr} = await runCommand(RoleGrant, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });
});

describe('auth', () => {
  it('says who one is', async () => {
    const {stdout} = await runCommand(AuthWhoami);
    expect(stdout).toContain('token:first');
    expect(stdout).toContain('tenant-admin');
    expect(stdout).not.toContain(TOKEN);
  });

  it('answers yes with 0, and no with 6 and the reason', async () => {
    const yes = await runCommand(AuthCanI, 'read', 'device/lamp-1', '-o', 'json');
    expect(JSON.parse(yes.stdout)).toEqual({
      permission: 'device:read',
      device: 'lamp-1',
      allowed: true,
      by: 'role tenant-admin',
      reason: null,
    });
    expect(yes).toMatchObject({exitCode: 0, stderr: ''});
    const no = await runCommand(AuthCanI, 'retire', 'device');
    expect(no.stdout).toMatch(/ALLOWED +no\n[\s\S]*WHY +no role of this caller has device:retire\n/);
    expect(no).toMatchObject({exitCode: 6, stderr: ''});
    expect((await runCommand(AuthCanI, 'retire', 'device', '-q')).stdout).toBe('no\n');
  });

  it('lists everything that one may do', async () => {
    expect((await runCommand(AuthCanI, '--list', '-q')).stdout).toBe('device:read\nevent:read\n');
  });

  it.each([
    [['read'], 'name a verb and a resource, or pass --list'],
    [[], 'name a verb and a resource'],
    [
      ['explode', 'device'],
      'no verb "explode" for device; there are: read, create, update, maintain, retire, disown, delete',
    ],
    [['read', 'pet'], 'no resource "pet"; there are: device, credential, claim'],
    [['read', 'user/alice'], 'user takes no id here'],
    [['read', 'device/'], 'device takes no id here'],
    [['read', 'device', '--list'], 'either'],
  ])('refuses to be asked %j', async (argv, message) => {
    const {exitCode, stderr} = await runCommand(AuthCanI, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });
});
