/** Keeps the layers of ARCHITECTURE.md true: which folder of src/ may import which, and which package has which home. */
import {readdirSync, readFileSync} from 'node:fs';
import {join, relative, resolve, sep} from 'node:path';
import {expect, it} from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** Each folder with the folders it may import; every folder may import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  pki: ['domain'],
  schema: ['domain'],
  expression: ['domain'],
  payload: ['domain'],
  stream: ['domain'],
  delivery: ['domain'],
  tail: ['stream', 'expression', 'domain'],
  consumers: ['tail', 'delivery', 'stream', 'domain'],
  audit: ['domain'],
  registry: ['audit', 'pki', 'domain'],
  store: ['stream', 'registry', 'expression', 'domain'],
  broker: ['stream', 'registry', 'domain'],
  control: ['stream', 'registry', 'domain'],
  admin: ['registry', 'audit', 'pki', 'domain'],
  api: ['admin', 'control', 'store', 'tail', 'stream', 'registry', 'audit', 'schema', 'expression', 'domain'],
  platform: [
    'api',
    'admin',
    'broker',
    'consumers',
    'control',
    'store',
    'tail',
    'stream',
    'registry',
    'audit',
    'pki',
    'domain',
  ],
  client: ['pki', 'domain'],
  sim: ['client', 'schema', 'domain'],
  ui: ['domain'],
  cli: ['client', 'delivery', 'payload', 'sim', 'ui', 'audit', 'pki', 'domain'],
  commands: ['cli', 'client', 'delivery', 'sim', 'platform', 'audit', 'pki', 'domain'],
};

/** Only these commands start a platform; every other one goes through the API. */
const MAY_START_PLATFORM = [join('commands', 'up.ts'), join('commands', 'demo.ts')];

/** Packages that have one home: replacing one is a change in one folder. */
const HOMES: Record<string, readonly string[]> = {
  '@marcbachmann/cel-js': ['expression'],
  cborg: ['payload'],
  protobufjs: ['payload'],
  aedes: ['broker'],
  ws: ['broker', 'sim'],
  lmdb: ['stream', 'broker'],
  mqtt: ['client', 'consumers'],
  'mqtt-packet': ['sim', 'broker'],
  '@duckdb/node-api': ['store', 'sim'],
  '@duckdb/node-bindings': ['store'],
  '@oclif/core': ['cli', 'commands'],
  canonicalize: ['audit'],
  chalk: ['cli'],
  execa: ['platform'],
  ink: ['ui'],
  react: ['ui'],
  fastify: ['api'],
  'prom-client': ['api'],
  zod: ['schema', 'api', 'sim'],
  kysely: ['registry'],
  libsql: ['registry'],
  pino: ['platform'],
  qr: ['cli', 'api'],
  '@peculiar/x509': ['pki'],
  'reflect-metadata': ['pki'],
  'csv-parse': ['cli'],
  convert: ['cli'],
  yaml: ['client'],
};

const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'}).filter(name => /\.tsx?$/.test(name));

const specifiersOf = (file: string): string[] =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from|import) '([^']+)'|import\('([^']+)'\)/g)].map(
    match => match[1] ?? match[2]!,
  );

const layerOf = (file: string): string => file.split(sep)[0]!;

it('has files to check', () => expect(files.length).toBeGreaterThan(10));

it.each(files)('%s imports only what its layer may', file => {
  const targets = specifiersOf(file)
    .filter(specifier => specifier.startsWith('.'))
    .map(specifier => layerOf(relative(SRC, resolve(SRC, file, '..', specifier))));
  const allowed = [layerOf(file), ...(MAY_IMPORT[layerOf(file)] ?? [])];
  expect(targets.filter(target => !allowed.includes(target))).toEqual([]);
  if (layerOf(file) === 'commands' && !MAY_START_PLATFORM.includes(file))
    expect(targets).not.toContain('platform');
});

it.each(files)('%s uses only packages whose home it is in', file => {
  const strangers = specifiersOf(file)
    .map(specifier => Object.keys(HOMES).find(name => specifier === name || specifier.startsWith(`${name}/`)))
    .filter(name => name !== undefined && !HOMES[name]!.includes(layerOf(file)));
  expect(strangers).toEqual([]);
});
