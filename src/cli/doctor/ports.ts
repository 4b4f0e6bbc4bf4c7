/** Are the ports of the platform free, and if not, who holds them? */
import {once} from 'node:events';
import {readdir, readFile, readlink} from 'node:fs/promises';
import {createServer} from 'node:net';
import {type Check, ok, warning} from './check.js';

/** The ports that `up` takes when nothing else is said. */
export const PORTS: Readonly<Record<string, number>> = {mqtt: 1883, ws: 9001, api: 8080};

/**
 * A taken port is no fault where the platform of the current context has it (`platformPid`); elsewhere it is a
 * warning, as `up --auto-ports` and `--port-…` go around it.
 */
export async function checkPort(name: string, port: number, platformPid: number | undefined): Promise<Check> {
  const check = `port ${port} (${name})`;
  if (await isFree(port)) return ok(check, 'free');
  const holder = await holderOf(port);
  if (holder !== undefined && holder.pid === platformPid)
    return ok(check, 'held by the platform of this context');
  const who =
    holder === undefined
      ? 'a process that cannot be seen from here'
      : `${holder.name} (process ${holder.pid})`;
  return warning(check, `held by ${who}; \`iotctl up --auto-ports\` takes another`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** The process that listens on a port, from /proc; undefined where that is not to be had. */
async function holderOf(port: number): Promise<{pid: number; name: string} | undefined> {
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return undefined;
  for (const pid of await namesIn('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of await namesIn(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'unknown');
      return {pid: Number(pid), name: name.trim()};
    }
  }
  return undefined;
}

/** State 0A is LISTEN (proc(5), /proc/net/tcp); the local address is hexadecimal, the inode the tenth field. */
async function listeningInodes(port: number): Promise<Set<string>> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map(path => readFile(path, 'utf8').catch(() => '')),
  );
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = tables.flatMap(table => table.split('\n')).map(line => line.trim().split(/\s+/));
  return new Set(
    rows.filter(row => row[3] === '0A' && row[1]?.endsWith(suffix) === true).map(row => row[9]!),
  );
}

const namesIn = (path: string): Promise<string[]> => readdir(path).catch(() => []);
