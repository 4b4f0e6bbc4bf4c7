/** docs/access.md: every command runs as printed, in its order, in one shell, as a new user would run it. */
import {existsSync, mkdirSync, readFileSync, symlinkSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import {expect, it} from 'vitest';
import {temporaryFolder} from '../support/temporary-folder.js';

const ROOT = new URL('../..', import.meta.url).pathname;
const PAGE = readFileSync(join(ROOT, 'docs/access.md'), 'utf8');

/** The `sh` blocks of the page with the heading that each stands under. */
const blocks = PAGE.split(/^## /m).flatMap(part => {
  const heading = part.split('\n', 1)[0]!;
  return [...part.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => ({heading, text: text!}));
});

/** Prints a line before the blocks of each heading, so that what they print can be told apart. */
const MARK = '=====';
const script = blocks
  .map(({heading, text}) => `echo '${MARK} ${heading.replaceAll("'", '’')}'\n${text}`)
  .join('\n');

const ports = [...script.matchAll(/--port-\w+ (\d+)/g)].map(([, port]) => Number(port));

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

const TOOLS = ['mosquitto_pub', 'mosquitto_sub', 'openssl'];

async function whatIsMissing(): Promise<string[]> {
  const taken: string[] = [];
  for (const port of ports) if (!(await isFree(port))) taken.push(`port ${port}`);
  const folders = (process.env.PATH ?? '').split(':');
  return [...taken, ...TOOLS.filter(tool => !folders.some(folder => existsSync(join(folder, tool))))];
}

/** What each heading is to print: words, and `exit code N` where a command is to fail. */
const EXPECTED: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'A platform with TLS': [/CA FINGERPRINT +([0-9A-F]{2}:){31}[0-9A-F]{2}/, 'mqtts://127.0.0.1:18883'],
  'A second person': [
    /SUBJECT +user:alice/,
    /ROLES +operator/,
    /ALLOWED +yes/,
    /ALLOWED +no/,
    'no role of this caller has device:retire',
    'exit code 6',
    'logged out',
    /user:alice +analyst/,
  ],
  'A token that can do one thing': ['pump-9', 'this token is not made for event:read', 'exit code 6'],
  'A customer who sees their own devices only': ['pump-7', '{"temperature":21.5}', 'exit code 4'],
  'A technician': ['pump-10@default', 'unprovisioned devices only', 'exit code 6'],
  'A service account, for CI': [/^pump-7$/m, 'IOT_UNAUTHENTICATED', 'exit code 6'],
  'Applications over MQTT': ['{"temperature":22}'],
  'A new secret for a device': [/works until \d{4}-/, /secret +\d{4}-/],
  'A device with a certificate': [
    'certificates/pump-11.chain.pem',
    'renewed/pump-11.cert.pem',
    'refused',
    /Serial Number: [0-9A-F]{32}/,
  ],
  'Signed tokens, and keys of a group': [/(?:1 published to me\/telemetry, 1 acknowledged.*){2}/s],
  'A second tenant': [
    'no device "pump-7" in tenant acme',
    'IOT_QUOTA_EXCEEDED',
    'exit code 5',
    'tenant acme is suspended: unpaid since March',
    'exit code 6',
  ],
  'Breaking the glass': ['a-1', /tenant:enter +token\/break-glass-/, /tenant:enter +tenant\/acme/],
  'From another machine': [
    'answered at https://127.0.0.1:18443',
    'IOT_CONTEXT_READ_ONLY',
    'IOT_CONTEXT_PROTECTED',
  ],
  'Keeping someone out': ['refused', 'stolen from the site', 'removed'],
  'Who did what': [/user:alice +device:retire/, /VERDICT +intact/, /VERDICT +changed/, 'exit code 9'],
  'A token leaked': ['IOT_UNAUTHENTICATED', 'exit code 6', 'token:stock', /STATE +stopped/],
};

/** What must not be printed there: devices of others. */
const NEVER: Readonly<Record<string, readonly string[]>> = {
  'A customer who sees their own devices only': ['30.5', 'pump-9  ', '\npump-9\n'],
};

it('works as printed', async context => {
  const missing = await whatIsMissing();
  if (missing.length > 0) {
    const why = `docs/access.md needs ${missing.join(', ')}`;
    if (process.env.CI) throw new Error(`${why}; in CI this test is never skipped`);
    process.stderr.write(`${why}: its test is SKIPPED\n`);
    return context.skip();
  }
  await using home = await temporaryFolder();
  mkdirSync(join(home.path, 'bin'));
  mkdirSync(join(home.path, 'work'));
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
  const {exitCode, all} = await execa('bash', ['-e'], {...options, input: script, timeout: 240_000});
  // Where it broke off, the platform still runs, and which token works depends on where that was.
  for (const name of ['root', 'local'])
    await execa(process.execPath, [join(ROOT, 'bin/run.js'), 'down', '--context', name], options);
  expect(exitCode, all).toBe(0);

  const printed = new Map(
    all
      .split(`${MARK} `)
      .map(part => [part.split('\n', 1)[0]!, part.slice(part.indexOf('\n'))] as const)
      .reduce(
        (whole, [heading, text]) => whole.set(heading, (whole.get(heading) ?? '') + text),
        new Map<string, string>(),
      ),
  );
  for (const [heading, words] of Object.entries(EXPECTED)) {
    for (const word of words) expect(printed.get(heading), heading).toMatch(word);
  }
  for (const [heading, words] of Object.entries(NEVER)) {
    for (const word of words) expect(printed.get(heading), heading).not.toContain(word);
  }
}, 300_000);

it('says of each command under which heading its result is checked', () => {
  const headings = new Set(blocks.map(({heading}) => heading));
  expect([...headings].sort()).toEqual(Object.keys(EXPECTED).sort());
});
