import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {LoginContext} from '../../src/cli/login-context.js';
import {loadContexts, saveContext} from '../../src/client/contexts.js';
import TenantCreate from '../../src/commands/tenant/create.js';
import TenantDelete from '../../src/commands/tenant/delete.js';
import TenantEnter from '../../src/commands/tenant/enter.js';
import TenantList from '../../src/commands/tenant/list.js';
import TenantQuota from '../../src/commands/tenant/quota.js';
import TenantResume from '../../src/commands/tenant/resume.js';
import TenantShow from '../../src/commands/tenant/show.js';
import TenantSuspend from '../../src/commands/tenant/suspend.js';
import {NO_QUOTAS} from '../../src/domain/tenant.js';
import {commandTest} from '../support/command-test.js';
import {NEW_SECRET} from '../support/fake-people.js';
import {tenantOf} from '../support/fake-tenants.js';
import {runCommand} from '../support/run-command.js';

const test = commandTest();

describe('tenant create', () => {
  it('prints the first token once, and says so beside the result', async () => {
    const run = await runCommand(
      TenantCreate,
      'acme',
      '--admin',
      'first',
      '--quota',
      'devices=10',
      '--quota',
      'users=none',
    );
    expect(run).toMatchObject({exitCode: 0});
    expect(run.stdout.split(NEW_SECRET)).toHaveLength(2);
    expect(run.stdout).toContain('tenant-admin');
    expect(run.stderr).toContain('shown this once');
    expect(test.platform.tenants.get('acme')!.quotas).toEqual({...NO_QUOTAS, devices: 10});
  });

  it('gives programs the tenant and its token', async () => {
    const {stdout} = await runCommand(TenantCreate, 'acme', '--admin', 'first', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      tenant: {id: 'acme'},
      token: {name: 'first', secret: NEW_SECRET},
    });
    const without = await runCommand(TenantCreate, 'globex', '-q');
    expect(without).toMatchObject({stdout: 'globex\n', stderr: ''});
  });

  it('keeps the token in a new context instead of showing it', async () => {
    const [local] = (await loadContexts()).contexts;
    const before: LoginContext = {...local!, user: 'root'};
    await saveContext(before);
    const run = await runCommand(
      TenantCreate,
      'acme',
      '--admin',
      'first',
      '--save-context',
      'acme',
      '-o',
      'json',
    );
    expect(run.stdout + run.stderr).not.toContain(NEW_SECRET);
    const {contexts, current} = await loadContexts();
    expect(current).toBe('local');
    expect(contexts.find(({name}) => name === 'acme')).toMatchObject({
      url: test.platform.url,
      token: NEW_SECRET,
      tenant: 'acme',
      mqttUrl: 'mqtt://127.0.0.1:1883',
    });
    expect(contexts.find(({name}) => name === 'acme')).not.toHaveProperty('user');
  });

  it('makes no tenant whose token would overwrite a context', async () => {
    const run = await runCommand(TenantCreate, 'acme', '--admin', 'first', '--save-context', 'local');
    expect(run).toMatchObject({exitCode: 5, error: {code: 'IOT_CONFLICT'}});
    expect(test.platform.requests).toEqual([]);
  });

  it('shows the token after all where it cannot be kept', async () => {
    const run = await runCommand(TenantCreate, 'acme', '--admin', 'first', '--save-context', 'no name');
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toContain(NEW_SECRET);
  });

  it.each([
    [['acme', '--quota', 'pets=1'], 'no quota "pets"; there are: devices, connections'],
    [['acme', '--quota', 'devices'], 'not a limit: "devices"'],
    [['acme', '--quota', 'devices=-1'], 'not a limit'],
    [['acme', '--quota', 'devices=1e3'], 'not a limit'],
    [['acme', '--quota', 'devices=99999999999999999999'], 'not a limit'],
    [['acme', '--save-context', 'acme'], 'admin'],
    [[], 'id'],
  ])('refuses %j', async (argv, message) => {
    const {exitCode, stderr} = await runCommand(TenantCreate, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });
});

describe('tenant list, show, suspend and resume', () => {
  it('show what there is', async () => {
    test.platform.tenants.set('acme', tenantOf('acme', {quotas: {...NO_QUOTAS, devices: 5, users: 2}}));
    test.platform.tenants.set('globex', tenantOf('globex'));
    expect((await runCommand(TenantList, '-q')).stdout).toBe('acme\nglobex\n');
    expect((await runCommand(TenantList, '-o', 'csv')).stdout).toContain('acme,active,,"devices=5,users=2",');
    expect((await runCommand(TenantShow, 'acme')).stdout).toContain('devices=5,users=2');
    expect(await runCommand(TenantShow, 'nowhere')).toMatchObject({
      exitCode: 4,
      error: {code: 'IOT_TENANT_UNKNOWN'},
    });
  });

  it('suspend with a reason, and let go on', async () => {
    test.platform.tenants.set('acme', tenantOf('acme'));
    expect(await runCommand(TenantSuspend, 'acme')).toMatchObject({exitCode: 2});
    const {stdout} = await runCommand(TenantSuspend, 'acme', '--reason', 'unpaid', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({state: 'suspended', reason: 'unpaid'});
    expect(JSON.parse((await runCommand(TenantResume, 'acme', '-o', 'json')).stdout)).toMatchObject({
      state: 'active',
    });
  });
});

describe('tenant delete', () => {
  it('asks, and needs --yes where there is nobody to ask', async () => {
    test.platform.tenants.set('acme', tenantOf('acme', {state: 'suspended'}));
    const {exitCode, stderr} = await runCommand(TenantDelete, 'acme');
    expect(stderr).toContain('Delete tenant acme with everything in it? This cannot be undone. Pass --yes');
    expect(exitCode).toBe(2);
    expect((await runCommand(TenantDelete, 'acme', '--dry-run')).stdout).toContain('delete');
    expect(test.platform.tenants.size).toBe(1);
    expect((await runCommand(TenantDelete, 'acme', '--yes', '-q')).stdout).toBe('acme\n');
    expect(test.platform.tenants.size).toBe(0);
  });

  it('leaves an active one alone, but by force', async () => {
    test.platform.tenants.set('acme', tenantOf('acme'));
    expect(await runCommand(TenantDelete, 'acme', '--yes')).toMatchObject({exitCode: 5});
    expect(await runCommand(TenantDelete, 'acme', '--yes', '--force')).toMatchObject({exitCode: 0});
  });
});

describe('tenant quota', () => {
  it('shows what one’s own tenant may use, and uses', async () => {
    test.platform.quotas = {
      quotas: {...NO_QUOTAS, devices: 10},
      usage: {...NO_QUOTAS, devices: 9, connections: 3},
    };
    const {stdout} = await runCommand(TenantQuota, '-o', 'csv');
    expect(stdout.split('\r\n').slice(0, 3)).toEqual([
      'quota,limit,used',
      'devices,10,9',
      'connections,none,3',
    ]);
  });

  it('sets some of another, and leaves the rest', async () => {
    test.platform.tenants.set('acme', tenantOf('acme', {quotas: {...NO_QUOTAS, devices: 5, users: 2}}));
    const {stdout} = await runCommand(
      TenantQuota,
      'acme',
      '--set',
      'devices=7',
      '--set',
      'users=none',
      '-o',
      'json',
    );
    expect(JSON.parse(stdout)).toContainEqual({quota: 'devices', limit: 7, used: null});
    expect(test.platform.requests.at(-1)!.body).toEqual({devices: 7, users: null});
  });

  it('refuses to set where it does not know of whom', async () => {
    expect(await runCommand(TenantQuota, '--set', 'devices=7')).toMatchObject({exitCode: 2});
    expect(test.platform.requests).toEqual([]);
  });
});

describe('tenant enter', () => {
  it('prints a token that ends, and says that it is audited', async () => {
    test.platform.tenants.set('acme', tenantOf('acme'));
    const {stdout, stderr} = await runCommand(TenantEnter, 'acme', '--reason', 'ticket 1', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({kind: 'break-glass', tenant: 'acme', secret: NEW_SECRET});
    expect(stderr).toContain('in the audit log of acme');
    expect(test.platform.requests.at(-1)!.body).toEqual({reason: 'ticket 1', minutes: 30, role: 'auditor'});
  });

  it('writes it to a file of its owner instead, which it never overwrites', async () => {
    test.platform.tenants.set('acme', tenantOf('acme'));
    const path = join(test.folder, 'acme.token');
    const argv = ['acme', '--reason', 'ticket 1', '--secret-file', path];
    const {stdout, stderr} = await runCommand(TenantEnter, ...argv, '-o', 'json');
    expect(stdout + stderr).not.toContain(NEW_SECRET);
    expect(await readFile(path, 'utf8')).toBe(`${NEW_SECRET}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const asked = test.platform.requests.length;
    expect(await runCommand(TenantEnter, ...argv)).toMatchObject({exitCode: 5});
    expect(test.platform.requests).toHaveLength(asked);
  });

  it('leaves no file behind when there is no token', async () => {
    const path = join(test.folder, 'x.token');
    expect(await runCommand(TenantEnter, 'x', '--reason', 'y', '--secret-file', path)).toMatchObject({
      exitCode: 4,
    });
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it.each([
    [['acme']],
    [['acme', '--reason', 'x', '--minutes', '0']],
    [['acme', '--reason', 'x', '--minutes', '241']],
    [['acme', '--reason', 'x', '--role', 'king']],
  ])('refuses %j', async argv => {
    expect(await runCommand(TenantEnter, ...argv)).toMatchObject({exitCode: 2});
    expect(test.platform.requests).toEqual([]);
  });
});
