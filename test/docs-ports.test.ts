/** The pages of docs/ are tested at the same time, each with a platform of its own. */
import {readdirSync, readFileSync} from 'node:fs';
import {expect, it} from 'vitest';

const DOCS = new URL('../docs/', import.meta.url).pathname;

const portsOf = (page: string): string[] => {
  const blocks = readFileSync(`${DOCS}${page}`, 'utf8').matchAll(/```sh\n(.*?)```/gs);
  const ports = [...blocks].flatMap(([, text]) => [...text!.matchAll(/--port-\w+ (\d+)/g)]);
  return [...new Set(ports.map(([, port]) => port!))];
};

it('gives no port to two pages', () => {
  const pages = readdirSync(DOCS).filter(name => name.endsWith('.md'));
  const taken = pages.flatMap(page => portsOf(page).map(port => ({page, port})));
  expect(taken.length).toBeGreaterThan(20);
  expect(taken.filter(({port}, index) => taken.findIndex(other => other.port === port) !== index)).toEqual(
    [],
  );
});
