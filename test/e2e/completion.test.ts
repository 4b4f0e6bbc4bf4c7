import {mkdir, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, it} from 'vitest';
import {iotctl} from '../support/built-bin.js';
import {userOf} from '../support/fake-people.js';
import {deviceOf, startFakePlatform, TOKEN} from '../support/fake-platform.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const BIN = new URL('../../bin/run.js', import.meta.url).pathname;

/** What bash would offer for these words, the last of which is being typed. */
async function offered(folder: string, ...words: string[]): Promise<string[]> {
  const {stdout: script} = await iotctl(['completion', 'bash']);
  const bin = join(folder, 'bin');
  await mkdir(bin, {recursive: true});
  await writeFile(join(bin, 'iotctl'), `#!/bin/sh\nexec ${process.execPath} ${BIN} "$@"\n`, {mode: 0o755});
  const typed = words.map(word => `'${word}'`).join(' ');
  const {stdout} = await execa(
    'bash',
    [
      '-c',
      `${String(script)}
COMP_WORDS=(iotctl ${typed}); COMP_CWORD=${words.length}; _iotctl; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    {
      env: {XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, PATH: `${bin}${delimiter}${process.env.PATH}`},
    },
  );
  return stdout.split('\n');
}

describe('completion bash', () => {
  it('offers nouns, verbs, flags and the values of flags', async () => {
    await using folder = await temporaryFolder();
    expect(await offered(folder.path, 'dev')).toEqual(['device']);
    expect(await offered(folder.path, 'device', 'ret')).toEqual(['retire']);
    expect(await offered(folder.path, 'device', 'list', '--sel')).toEqual(['--selector']);
    expect(await offered(folder.path, 'query', '-o', 'm')).toEqual(['md']);
    expect(await offered(folder.path, '')).not.toContain('complete');
  });

  it('offers runs that are kept', async () => {
    await using folder = await temporaryFolder();
    const ids = ['20261128-101010-aaaaaa', '20261129-101010-bbbbbb'];
    await mkdir(join(folder.path, 'iotctl', 'runs'), {recursive: true});
    for (const id of ids) await writeFile(join(folder.path, 'iotctl', 'runs', `${id}.json`), '{}');
    expect(await offered(folder.path, 'bench', 'show', '20261129')).toEqual([ids[1]]);
    expect((await offered(folder.path, 'bench', 'compare', '')).sort()).toEqual(ids);
    expect(await offered(folder.path, 'bench', 'pub', '--baseline', '20261128')).toEqual([ids[0]]);
  });

  it('offers device ids, users and contexts', async () => {
    await using folder = await temporaryFolder();
    await using platform = await startFakePlatform();
    for (const id of ['lamp-1', 'lamp-2', 'oven']) platform.devices.set(id, deviceOf(id));
    await iotctl(['context', 'add', 'lab', '--url', platform.url, '--token', TOKEN, '--use'], {
      env: {XDG_CONFIG_HOME: folder.path},
    });
    expect(await offered(folder.path, 'device', 'show', 'l')).toEqual(['lamp-1', 'lamp-2']);
    expect(await offered(folder.path, 'cmd', 'send', 'o')).toEqual(['oven']);
    platform.users.set('alice', userOf('alice'));
    expect(await offered(folder.path, 'user', 'show', '')).toEqual(['alice']);
    expect(await offered(folder.path, 'role', 'bindings', '--user', 'a')).toEqual(['alice']);
    expect(await offered(folder.path, 'device', 'group-key', 'delete', 'l')).toEqual(['']);
    expect(await offered(folder.path, 'tail', '--device', 'lamp-1', '--context', '')).toEqual(['lab']);
  });
});

it.each(['zsh', 'fish'])('completion %s prints a script', async shell => {
  const {stdout, exitCode} = await iotctl(['completion', shell]);
  expect(stdout).toContain('_iotctl_candidates');
  expect(exitCode).toBe(0);
});
