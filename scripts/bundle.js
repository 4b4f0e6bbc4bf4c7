/**
 * Puts the hundreds of modules that a command or a platform loads into few files: Node takes longer to find and open them than
 * to run them (`npm run bench -- startup`).
 */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {rolldown} from 'rolldown';

/** What is begun by name, beside the commands: the command line, and what `programFile` names. */
const PROGRAMS = [
  'cli/run.js',
  'platform/gateway-thread.js',
  'platform/store-thread.js',
  'platform/consumer-thread.js',
  'sim/agents/agent.js',
  'ui/screen-thread.js',
];

/** They carry binaries, load files of their own by path, or are different ones in the thread that sets `NODE_ENV`. */
const APART = /^(@duckdb\/node-bindings|libsql|lmdb|pino|ink|react|qr)(\/|$)/;

/** From the modules in `from` to the programs in `to`, at the same paths, and what they share beside them. */
export async function bundle(from, to) {
  const commands = readdirSync(join(from, 'commands'), {recursive: true}).filter(file =>
    file.endsWith('.js'),
  );
  const programs = [...PROGRAMS, ...commands.map(file => join('commands', file))];
  const bundled = await rolldown({
    input: Object.fromEntries(programs.map(file => [file.replace(/\.js$/, ''), join(from, file)])),
    platform: 'node',
    external: APART,
    onLog(level, {message}) {
      if (level === 'warn') throw new Error(message);
    },
  });
  const {output} = await bundled.write({
    dir: to,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name]-[hash].js',
  });
  await bundled.close();
  const modules = output.flatMap(file => (file.type === 'chunk' ? file.moduleIds : []));
  writeFileSync(join(to, 'THIRD-PARTY-LICENSES.txt'), licencesOf(modules));
}

/** What licences ask of copies: the words of each package that is in the bundle. */
function licencesOf(modules) {
  const folders = new Set(modules.flatMap(id => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []));
  return [...folders]
    .sort((one, other) => one.localeCompare(other, 'en'))
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(folder) {
  const {name, version, license} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder);
  const texts = files.filter(file => /^(licen[cs]e|copying|notice)/i.test(file));
  const words = texts.map(file => readFileSync(join(folder, file), 'utf8').trim());
  return `${name} ${version} (${license})\n\n${words.join('\n\n')}\n`;
}
