import {setTimeout as delay} from 'node:timers/promises';
import {IotctlCommand} from '../cli/command.js';
import type {Columns} from '../cli/output.js';
import {durationFlag} from '../cli/time-flags.js';
import type {ApiClient} from '../client/api-client.js';
import {IotctlError} from '../domain/errors.js';

interface Stopped {
  readonly pid: number;
  readonly state: 'stopped';
}

const COLUMNS: Columns<Stopped> = {
  pid: stopped => stopped.pid,
  state: stopped => stopped.state,
};

const POLL_EVERY_MS = 50;

export default class Down extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Stop the platform of the current context, and wait until it has stopped.';

  static override examples = ['<%= config.bin %> down'];

  static override flags = {
    timeout: durationFlag({
      default: 15_000,
      defaultHelp: async () => '15s',
      description: 'how long it may take to stop',
    }),
  };

  async run(): Promise<Stopped> {
    const {flags} = await this.parse(Down);
    const {url} = await this.context();
    const api = await this.api();
    const {pid} = await api.shutdown();
    const deadlineMs = Date.now() + flags.timeout;
    while (await isUp(api, url, pid)) {
      if (Date.now() > deadlineMs) {
        throw new IotctlError('IOT_TIMED_OUT', `process ${pid} has not stopped within ${flags.timeout} ms`);
      }
      await delay(POLL_EVERY_MS);
    }
    return this.printOne({pid, state: 'stopped'}, COLUMNS);
  }
}

/** Here, while its process lives: only then is its data folder free again. Elsewhere, while it answers. */
async function isUp(api: ApiClient, url: string, pid: number): Promise<boolean> {
  if (isLoopback(url)) return processLives(pid);
  try {
    await api.status();
    return true;
  } catch (error) {
    if (error instanceof IotctlError && error.code === 'IOT_PLATFORM_UNREACHABLE') return false;
    throw error;
  }
}

const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
