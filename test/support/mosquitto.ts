/** Debian's mosquitto, as the broker that nobody here wrote. Tests that need it are skipped without it, but not in CI. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {type AddressInfo, connect, createServer} from 'node:net';
import {join} from 'node:path';
import {temporaryFolder} from './temporary-folder.js';

const BINARY = '/usr/sbin/mosquitto';

/** False where mosquitto is missing and that is allowed: says so, as a test that is skipped in silence proves nothing. */
export function mosquittoInstalled(): boolean {
  if (existsSync(BINARY) || process.env.CI === 'true') return true;
  process.stderr.write(`skipped: ${BINARY} is not installed (apt-get install mosquitto mosquitto-clients)\n`);
  return false;
}

/** Starts a broker on a free loopback port; `config` are further lines of its configuration. */
export async function startMosquitto(...config: string[]) {
  const folder = await temporaryFolder();
  const port = await freePort();
  const path = join(folder.path, 'mosquitto.conf');
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false', 'max_queued_messages 0', ...config];
  if (!config.some(line => line.startsWith('password_file'))) lines.push('allow_anonymous true');
  // As root it would change its user, who may not read the folder.
  if (process.getuid?.() === 0) lines.push('user root');
  await writeFile(path, `${lines.join('\n')}\n`);
  const child = spawn(BINARY, ['-c', path], {stdio: 'ignore'});
  const ended = once(child, 'exit');
  await listening(port);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    pid: child.pid!,
    /** Ends it at once, as a crash would. */
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A loopback port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const DEADLINE_MS = 10_000;

async function listening(port: number): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (Date.now() < deadlineMs) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await new Promise(resolve => setImmediate(resolve));
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nothing listens on port ${port} after ${DEADLINE_MS} ms`);
}
