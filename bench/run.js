/** `npm run bench -- NAME [options]`: runs one benchmark. Each prints a readable table on stderr and one JSON line on stdout. */
import {readdirSync} from 'node:fs';

const [name, ...options] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith('.js') && file !== 'run.js')
  .map(file => file.slice(0, -'.js'.length));

if (name === undefined || !names.includes(name)) {
  process.stderr.write(`which benchmark? ${names.join(', ')}\n`);
  process.exitCode = 2;
} else {
  process.argv.splice(2, Infinity, ...options);
  await import(`./${name}.js`);
}
