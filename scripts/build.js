/**
 * Compiles src/ to build/, bundles that into dist/, which is what users run, and writes oclif.manifest.json, so that starting the CLI never
 * has to load every command.
 */
import {execFileSync} from 'node:child_process';
import {rmSync, writeFileSync} from 'node:fs';
import {Plugin} from '@oclif/core';
import {bundle} from './bundle.js';

const root = new URL('..', import.meta.url).pathname;

for (const folder of ['build', 'dist']) rmSync(`${root}${folder}`, {recursive: true, force: true});
execFileSync(`${root}node_modules/.bin/tsc`, ['-p', 'tsconfig.build.json'], {cwd: root, stdio: 'inherit'});
await bundle(`${root}build`, `${root}dist`);

const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
writeFileSync(`${root}oclif.manifest.json`, `${JSON.stringify(plugin.manifest)}\n`);
