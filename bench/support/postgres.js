/** Debian's PostgreSQL 15, in a folder of its own, on a socket of its own, for as long as a benchmark runs. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chownSync, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {execa} from 'execa';

const BIN = '/usr/lib/postgresql/15/bin';

export const hasPostgres = () => existsSync(join(BIN, 'initdb'));

/** It refuses to run as root; then it runs as the user that its package made. */
const unprivileged = () => (userInfo().uid === 0 ? ['runuser', '-u', 'postgres', '--'] : []);

export async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), 'iotctl-bench-postgres-'));
  const prefix = unprivileged();
  if (prefix.length > 0) {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async flag => Number((await execa('id', [flag, 'postgres'])).stdout)),
    );
    chownSync(folder, uid, gid);
  }
  const data = join(folder, 'data');
  const run = (command, ...args) => {
    const [file, ...rest] = [...prefix, join(BIN, command), ...args];
    return execa(file, rest, {cwd: folder, stdin: 'ignore'});
  };
  await run('initdb', '-D', data, '-A', 'trust', '--no-sync');
  const options = `-k ${folder} -c listen_addresses= -c shared_buffers=256MB -c work_mem=64MB -c maintenance_work_mem=256MB -c max_wal_size=4GB -c fsync=off`;
  await run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start');
  const psql = () => {
    const [file, ...rest] = [...prefix, join(BIN, 'psql'), '-h', folder, '-d', 'postgres', '-XAtq'];
    return spawn(file, [...rest, '-v', 'ON_ERROR_STOP=1'], {cwd: folder, stdio: ['pipe', 'pipe', 'pipe']});
  };

  /** What psql prints of the script, whose lines may come one after the other. */
  async function script(lines) {
    const child = psql();
    const ended = once(child, 'exit');
    const [output, errors] = [text(child.stdout), text(child.stderr)];
    for await (const line of lines)
      if (!child.stdin.write(line)) await Promise.race([once(child.stdin, 'drain'), ended]);
    child.stdin.end();
    const [code] = await ended;
    if (code !== 0) throw new Error(`psql ended with ${code}: ${await errors}`);
    return await output;
  }

  return {
    script,

    /** The first row of a question, and the milliseconds of each of `rounds` runs after a first one. */
    async time(sql, rounds) {
      const first = await script([`${sql};\n`]);
      const timed = await script([
        '\\timing on\n\\o /dev/null\n',
        ...Array.from({length: rounds + 1}, () => `${sql};\n`),
      ]);
      const times = [...timed.matchAll(/Time: ([\d.]+) ms/g)].map(match => Number(match[1]));
      return {rows: first.trim() === '' ? [] : first.trim().split('\n'), timesMs: times.slice(1)};
    },

    async stop() {
      await run('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop');
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
