import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa, type Options} from 'execa';
import {ApiClient} from '../../src/client/api-client.js';
import {within} from './deadline.js';
import {temporaryFolder} from './temporary-folder.js';

const BIN = new URL('../../bin/run.js', import.meta.url).pathname;

/** Several platforms that start at once on a busy machine: less than the limit of the hooks that start them. */
const READY_WITHIN_MS = 55_000;

export interface Address {
  readonly mqttUrl: string;
  readonly wsUrl: string;
  readonly apiUrl: string;
  readonly ports: {
    readonly mqtt: number;
    readonly ws: number;
    readonly api: number;
    readonly [door: string]: number;
  };
  readonly dataFolder: string;
  readonly pid: number;
}

/**
 * Starts the built platform as users do: a process of its own on free ports, in a folder of its own, with a
 * configuration of its own. Killed, and its folder removed, when the scope ends.
 */
export async function startPlatform({
  data,
  flags = ['--auto-ports'],
}: {
  data?: string;
  flags?: string[];
} = {}) {
  const home = await temporaryFolder();
  const folder = data ?? join(home.path, 'data');
  const env = {
    NO_COLOR: '1',
    XDG_CONFIG_HOME: join(home.path, 'config'),
    XDG_STATE_HOME: join(home.path, 'state'),
  };
  let running = await launch(folder, flags, env);

  return {
    env,
    folder,
    home: home.path,
    get address(): Address {
      return running.address;
    },
    get process() {
      return running.process;
    },
    /** What the platform wrote to stderr so far. */
    get log(): string {
      return running.log.join('');
    },
    get api(): ApiClient {
      return new ApiClient({url: running.address.apiUrl, token: tokenIn(folder)});
    },

    /** What the client of the API has no method for. */
    get: (path: string): Promise<Response> =>
      fetch(`${running.address.apiUrl}${path}`, {headers: {authorization: `Bearer ${tokenIn(folder)}`}}),

    /** Runs a command against it, to its end. */
    run: (argv: readonly string[], options: Options = {}) =>
      execa(process.execPath, [BIN, ...argv], {
        reject: false,
        timeout: 60_000,
        cwd: home.path,
        ...options,
        env: {...env, ...options.env},
      }),

    /** Creates a device; gives back how it logs in. */
    async device(id: string): Promise<{username: string; password: string}> {
      const {credential} = await this.api.createDevice({id});
      return {username: credential!.username, password: credential!.secret!};
    },

    async kill(signal: NodeJS.Signals): Promise<number | undefined> {
      running.process.kill(signal);
      return (await within(Promise.resolve(running.process), `the platform to end by ${signal}`)).exitCode;
    },

    /** Starts it again on the same folder, with the same flags and the same ports. */
    async restart(): Promise<void> {
      const ports = Object.entries(running.address.ports).map(([door, port]) => `--port-${door}=${port}`);
      running = await launch(folder, [...flags.filter(flag => flag !== '--auto-ports'), ...ports], env);
    },

    async [Symbol.asyncDispose]() {
      running.process.kill('SIGKILL');
      await running.process;
      await home[Symbol.asyncDispose]();
    },
  };
}

const tokenIn = (folder: string): string => readFileSync(join(folder, 'admin-token'), 'utf8').trim();

async function launch(folder: string, flags: readonly string[], env: Record<string, string>) {
  const child = execa(process.execPath, [BIN, 'up', '--data', folder, '--output', 'ndjson', ...flags], {
    env,
    reject: false,
    cwd: '/',
    buffer: false,
  });
  const log: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const ready = new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text);
    });
    void child.then(() => reject(new Error(`the platform did not start: ${log.join('')}`)));
  });
  const line = await within(ready, 'the platform to be ready', READY_WITHIN_MS);
  return {process: child, address: JSON.parse(line) as Address, log};
}
