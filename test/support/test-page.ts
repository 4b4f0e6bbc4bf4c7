/** A page of docs/ whose commands run as printed, in their order, in one shell, as a new user would run them. */
import {existsSync, mkdirSync, readFileSync, symlinkSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import {expect, it} from 'vitest';
import {temporaryFolder} from './temporary-folder.js';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Printed before the blocks of each heading, so that what they print can be told apart. */
const MARK = '=====';

export interface PageTest {
  /** Its name in docs/. */
  readonly page: string;
  /** What has to be on the path. */
  readonly tools: readonly string[];
  /** What `npm install` would have put into the folder. */
  readonly packages?: readonly string[];
  /** What each heading is to print: words, and `exit code N` where a command is to fail. */
  readonly expected: Readonly<Record<string, readonly (string | RegExp)[]>>;
  /** What must not be printed there. */
  readonly never?: Readonly<Record<string, readonly string[]>>;
  /** Contexts through which a platform that still runs may be ended. */
  readonly contexts?: readonly string[];
}

interface Block {
  readonly heading: string;
  readonly text: string;
}

/** The `sh` blocks of the page with the heading that each stands under. */
const blocksOf = (page: string): Block[] =>
  readFileSync(join(ROOT, 'docs', page), 'utf8')
    .split(/^## /m)
    .flatMap(part => {
      const heading = part.split('\n', 1)[0]!;
      return [...part.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => ({heading, text: text!}));
    });

export function testPage({
  page,
  tools,
  packages = [],
  expected,
  never = {},
  contexts = ['local'],
}: PageTest): void {
  const blocks = blocksOf(page);

  it('works as printed', async context => {
    const missing = await whatIsMissing(blocks, tools);
    if (missing.length > 0) {
      const why = `docs/${page} needs ${missing.join(', ')}`;
      if (process.env.CI) throw new Error(`${why}; in CI this test is never skipped`);
      process.stderr.write(`${why}: its test is SKIPPED\n`);
      return context.skip();
    }
    const printed = await run(blocks, {packages, contexts});
    for (const [heading, words] of Object.entries(expected))
      for (const word of words) expect(printed.get(heading), heading).toMatch(word);
    for (const [heading, words] of Object.entries(never))
      for (const word of words) expect(printed.get(heading), heading).not.toContain(word);
  }, 300_000);

  it('says of each command under which heading its result is checked', () => {
    const headings = new Set(blocks.map(({heading}) => heading));
    expect([...headings].sort()).toEqual(Object.keys(expected).sort());
  });
}

/** What was printed under each heading. */
async function run(
  blocks: readonly Block[],
  {packages, contexts}: {packages: readonly string[]; contexts: readonly string[]},
): Promise<Map<string, string>> {
  await using home = await temporaryFolder();
  mkdirSync(join(home.path, 'bin'));
  mkdirSync(join(home.path, 'work/node_modules'), {recursive: true});
  for (const name of packages)
    symlinkSync(join(ROOT, 'node_modules', name), join(home.path, 'work/node_modules', name));
  symlinkSync(join(ROOT, 'bin/run.js'), join(home.path, 'bin/iotctl'));
  const options = {
    cwd: join(home.path, 'work'),
    env: {
      PATH: `${home.path}/bin:${process.env.PATH}`,
      HOME: home.path,
      XDG_CONFIG_HOME: join(home.path, 'config'),
      XDG_STATE_HOME: join(home.path, 'state'),
      NO_COLOR: '1',
    },
    all: true,
    reject: false,
  } as const;
  const {exitCode, all} = await execa('bash', ['-e'], {
    ...options,
    input: scriptOf(blocks),
    timeout: 240_000,
  });
  // Where it broke off, the platform still runs, and which token works depends on where that was.
  for (const name of contexts)
    await execa(process.execPath, [join(ROOT, 'bin/run.js'), 'down', '--context', name], options);
  expect(exitCode, all).toBe(0);
  const printed = new Map<string, string>();
  for (const part of all.split(`${MARK} `)) {
    const heading = part.split('\n', 1)[0]!;
    printed.set(heading, (printed.get(heading) ?? '') + part.slice(heading.length));
  }
  return printed;
}

/** A device in the background would hold the shell's output for as long as it lives, also where a command before its end failed. */
const END_DEVICES = `trap 'kill $(jobs -p) 2> /dev/null || true' EXIT`;

const scriptOf = (blocks: readonly Block[]): string =>
  [
    END_DEVICES,
    ...blocks.map(({heading, text}) => `echo '${MARK} ${heading.replaceAll("'", '’')}'\n${text}`),
  ].join('\n');

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

async function whatIsMissing(blocks: readonly Block[], tools: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const [, port] of scriptOf(blocks).matchAll(/--port-\w+ (\d+)/g))
    if (!(await isFree(Number(port)))) missing.push(`port ${port}`);
  const folders = (process.env.PATH ?? '').split(':');
  return [...missing, ...tools.filter(tool => !folders.some(folder => existsSync(join(folder, tool))))];
}
