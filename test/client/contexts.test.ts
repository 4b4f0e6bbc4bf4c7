import {execFile} from 'node:child_process';
import {chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, it} from 'vitest';
import {configFile} from '../../src/client/config-file.js';
import {
  loadContexts,
  removeContext,
  resolveContext,
  saveContext,
  useContext,
} from '../../src/client/contexts.js';
import {restoreEnvironment} from '../support/environment.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const context = (name: string) => ({name, url: `http://${name}:8080`, token: `token-of-${name}`});

/** A configuration folder of its own, with that text in the file; the environment is as before afterwards. */
async function configuration(text?: string) {
  const folder = await temporaryFolder();
  const before = {...process.env};
  for (const name of Object.keys(process.env)) if (name.startsWith('IOTCTL_')) delete process.env[name];
  process.env.XDG_CONFIG_HOME = join(folder.path, 'config');
  if (text !== undefined) {
    await mkdir(join(folder.path, 'config', 'iotctl'), {recursive: true});
    await writeFile(configFile(), text);
  }
  return {
    path: folder.path,
    read: () => readFile(configFile(), 'utf8'),
    async [Symbol.asyncDispose]() {
      restoreEnvironment(before);
      await folder[Symbol.asyncDispose]();
    },
  };
}

it('is for its owner alone, file and folder', async () => {
  await using config = await configuration();
  await saveContext(context('local'));
  expect((await stat(configFile())).mode & 0o777).toBe(0o600);
  expect((await stat(join(configFile(), '..'))).mode & 0o777).toBe(0o700);
  await chmod(configFile(), 0o644);
  await saveContext(context('lab'));
  expect((await stat(configFile())).mode & 0o777).toBe(0o600);
  expect(await readdir(join(config.path, 'config', 'iotctl'))).toEqual(['config.yaml']);
});

it('makes the first context the current one, and a later one only when asked to', async () => {
  await using _config = await configuration();
  await saveContext(context('a'));
  await saveContext(context('b'));
  expect(await loadContexts()).toEqual({current: 'a', contexts: [context('a'), context('b')]});
  await saveContext(context('c'), {makeCurrent: true});
  expect((await loadContexts()).current).toBe('c');
  await removeContext('c');
  expect((await loadContexts()).current).toBeUndefined();
});

it('keeps what limits a context, where that is wanted', async () => {
  await using _config = await configuration();
  await saveContext({...context('a'), readOnly: true, protected: true});
  await saveContext({...context('a'), token: 'new'}, {keepLimits: true});
  expect(await resolveContext('a')).toEqual({...context('a'), token: 'new', readOnly: true, protected: true});
  await saveContext(context('a'));
  expect(await resolveContext('a')).toEqual(context('a'));
});

it.each([
  ['readOnly: "yes"', 'a readOnly that is neither'],
  ['protected: 1', 'a protected that is neither'],
  ['fingerprint: 5', 'a fingerprint that is not text'],
  ['kind: mqqt', 'neither `platform` nor `mqtt`'],
])('does not take %s for a context without it', async (line, words) => {
  await using _config = await configuration(
    `contexts:\n  a:\n    url: http://x\n    token: t\n    ${line}\n`,
  );
  await expect(resolveContext('a')).rejects.toMatchObject({
    code: 'IOT_INPUT_INVALID',
    message: expect.stringContaining(words) as string,
  });
});

it('knows the broker of a plain broker that was written by hand', async () => {
  await using _config = await configuration('contexts:\n  lab: {kind: mqtt, url: mqtt://lab}\n');
  const lab = {name: 'lab', kind: 'mqtt', url: 'mqtt://lab', mqttUrl: 'mqtt://lab'};
  expect(await resolveContext('lab')).toEqual(lab);
  expect((await loadContexts()).contexts).toEqual([lab]);
});

it('asks the flag, then the address in the environment, then the name there, then the file', async () => {
  await using _config = await configuration();
  await expect(resolveContext()).rejects.toMatchObject({code: 'IOT_CONTEXT_MISSING', exitCode: 3});
  for (const name of ['current', 'named', 'flag']) await saveContext(context(name));
  expect(await resolveContext()).toEqual(context('current'));
  process.env.IOTCTL_CONTEXT = 'named';
  expect(await resolveContext()).toEqual(context('named'));
  Object.assign(process.env, {IOTCTL_URL: 'http://there', IOTCTL_TOKEN: 'secret'});
  expect(await resolveContext()).toEqual({name: 'environment', url: 'http://there', token: 'secret'});
  expect(await resolveContext('flag')).toEqual(context('flag'));
});

it('needs no file when the environment says all, and does not go elsewhere when it says half', async () => {
  await using _config = await configuration('not: [valid');
  Object.assign(process.env, {IOTCTL_URL: 'http://there', IOTCTL_TOKEN: 'secret'});
  expect(await resolveContext()).toMatchObject({url: 'http://there'});
  delete process.env.IOTCTL_TOKEN;
  await expect(resolveContext()).rejects.toMatchObject({code: 'IOT_CONTEXT_MISSING'});
});

it.each(['nowhere', '__proto__', 'constructor'])(
  'names the contexts there are when %j is not one',
  async name => {
    await using _config = await configuration();
    for (const known of ['a', 'b']) await saveContext(context(known));
    const unknown = {code: 'IOT_CONTEXT_UNKNOWN', message: expect.stringContaining('there are: a, b')};
    await expect(resolveContext(name)).rejects.toMatchObject(unknown);
    await expect(useContext(name)).rejects.toMatchObject(unknown);
    await expect(removeContext(name)).rejects.toMatchObject(unknown);
  },
);

it.each(['', '__proto__', 'a b', 'a\nb', '-x', 'x'.repeat(65)])('does not take the name %j', async name => {
  await using _config = await configuration();
  await expect(saveContext(context(name))).rejects.toMatchObject({code: 'IOT_USAGE'});
  expect(await loadContexts()).toEqual({current: undefined, contexts: []});
});

it.each([
  ['current: a\ncontexts: [\n', 'line 3'],
  ['{"current": "a",\n "contexts": {"a": }', 'line 2'],
  ['{"current": "a"', 'line 1'],
  ['contexts:\n\t- x\n', 'line 2'],
  ['hello', 'not a mapping'],
  ['- a\n- b\n', 'not a mapping'],
  ['contexts: 5', '`contexts` is not a mapping'],
  ['contexts:\n  a: {url: http://x}\n', 'context a needs'],
  ['contexts:\n  a:\n', 'context a needs'],
  ['current: [a]\n', '`current` is not a name'],
  ['\0\0\0', 'cannot be used'],
])('leaves a file with a mistake as it is, and names it: %j', async (text, named) => {
  await using config = await configuration(text);
  const invalid = {code: 'IOT_INPUT_INVALID', exitCode: 7, message: expect.stringContaining(named)};
  await expect(loadContexts()).rejects.toMatchObject(invalid);
  await expect(loadContexts()).rejects.toThrow(configFile());
  await expect(saveContext(context('b'))).rejects.toMatchObject(invalid);
  expect(await config.read()).toBe(text);
});

it.each(['', '\n', '# nothing yet\n', '{}'])(
  'takes an empty file for one without contexts: %j',
  async text => {
    await using _config = await configuration(text);
    expect(await loadContexts()).toEqual({current: undefined, contexts: []});
    await saveContext(context('a'));
    expect(await resolveContext()).toEqual(context('a'));
  },
);

it('keeps the comments, the order and the settings of a file that someone wrote', async () => {
  await using config = await configuration(
    '# mine\nsettings:\n  output: json # always\ncontexts:\n  lab: {url: http://lab, token: t}\n  old: {url: http://old, token: t}\n',
  );
  await useContext('lab');
  await saveContext(context('new'));
  await removeContext('old');
  const text = await config.read();
  expect(text).toContain('# mine\nsettings:\n  output: json # always\n');
  expect(await loadContexts()).toMatchObject({current: 'lab', contexts: [{name: 'lab'}, {name: 'new'}]});
});

it('writes through a link, which stays one', async () => {
  await using config = await configuration('contexts: {}\n');
  const real = join(config.path, 'dotfiles.yaml');
  await writeFile(real, '{}');
  await promisify(execFile)('rm', [configFile()]);
  await symlink(real, configFile());
  await saveContext(context('a'));
  expect(await readFile(real, 'utf8')).toContain('token-of-a');
  expect(await resolveContext()).toEqual(context('a'));
});

it('loses nothing when many write at once', async () => {
  await using _config = await configuration();
  const names = Array.from({length: 40}, (_, index) => `c${index}`);
  await Promise.all(names.map(name => saveContext(context(name))));
  expect((await loadContexts()).contexts.map(({name}) => name).sort()).toEqual(names.sort());
});

it('takes over the lock of a command that died', async () => {
  await using config = await configuration('{}');
  const lock = `${configFile()}.lock`;
  await writeFile(lock, '');
  await utimes(lock, 1, 1);
  await saveContext(context('a'));
  expect(await readdir(join(config.path, 'config', 'iotctl'))).toEqual(['config.yaml']);
});

it('says what stands in the way when the file cannot be written', async () => {
  await using config = await configuration();
  await writeFile(join(config.path, 'config'), 'a file where the folder should be');
  await expect(saveContext(context('a'))).rejects.toMatchObject({
    code: 'IOT_INPUT_INVALID',
    message: expect.stringContaining(configFile()),
  });
});
