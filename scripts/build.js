/** Compiles src/ to dist/ and writes oclif.manifest.json, so that starting the CLI never has to load every command. */
import {execFileSync} from 'node:child_process';
import {rmSync, writeFileSync} from 'node:fs';
import {Plugin} from '@oclif/core';

const root = new URL('..', import.meta.url).pathname;

rmSync(`${root}dist`, {recursive: true, force: true});
execFileSync(`${root}node_modules/.bin/tsc`, ['-p', 'tsconfig.build.json'], {cwd: root, stdio: 'inherit'});

const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
writeFileSync(`${root}oclif.manifest.json`, `${JSON.stringify(plugin.manifest)}\n`);
