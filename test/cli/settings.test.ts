import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {argvOfFiles, settingSources} from '../../src/cli/settings.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const UNSET = ['output', 'no-color', 'qos'];

const before = {cwd: process.cwd(), config: process.env.XDG_CONFIG_HOME};
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'project', 'deep'), {recursive: true});
  await mkdir(join(folder.path, 'iotctl'));
  process.env.XDG_CONFIG_HOME = folder.path;
  process.chdir(join(folder.path, 'project', 'deep'));
});

afterEach(async () => {
  process.chdir(before.cwd);
  if (before.config === undefined) delete process.env.XDG_CONFIG_HOME;
  else process.env.XDG_CONFIG_HOME = before.config;
  delete process.env.IOTCTL_OUTPUT;
  await folder[Symbol.asyncDispose]();
});

const project = (text: string) => writeFile(join(folder.path, 'project', 'iotctl.yaml'), text);
const user = (text: string) => writeFile(join(folder.path, 'iotctl', 'config.yaml'), text);

it('takes what the project file sets before the user configuration, and no flag that a command does not have', async () => {
  await project('output: csv\ndata: ./x\n');
  await user('settings:\n  output: json\n  no-color: true\n');
  expect(await argvOfFiles(UNSET)).toEqual(['--output=csv', '--no-color']);
});

it('says nothing about a flag that something stronger has set', async () => {
  await project('output: csv\n');
  expect(await argvOfFiles(['qos'])).toEqual([]);
});

it('refuses a setting that a file may not make', async () => {
  await project('yes: true\n');
  await expect(argvOfFiles(UNSET)).rejects.toMatchObject({
    code: 'IOT_INPUT_INVALID',
    message: expect.stringContaining('iotctl.yaml: no setting "yes"') as string,
  });
});

it('names the file that is not YAML', async () => {
  await project('output: [\n');
  await expect(argvOfFiles(UNSET)).rejects.toMatchObject({code: 'IOT_INPUT_INVALID'});
});

it('tells where each value came from', async () => {
  await project('output: csv\n');
  process.env.IOTCTL_OUTPUT = 'json';
  const sources = await settingSources();
  expect(sources).toContainEqual({name: 'IOTCTL_OUTPUT', value: 'json', source: 'environment'});
  expect(sources).toContainEqual({
    name: 'output',
    value: 'csv',
    source: join(folder.path, 'project', 'iotctl.yaml'),
  });
});
