/** Debian's mosquitto as the peer: on loopback, storing nothing. */
import {spawn} from 'node:child_process';
import {existsSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {join} from 'node:path';

const BINARY = '/usr/sbin/mosquitto';

/** Undefined where it is not installed. */
export async function startMosquitto(folder) {
  if (!existsSync(BINARY)) return undefined;
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nlog_type error\n`,
  );
  const child = spawn(BINARY, ['-c', file], {stdio: 'ignore'});
  while (!(await answers(port)));
  return {port, pid: child.pid, stop: () => child.kill('SIGTERM')};
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}

const answers = port =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => setTimeout(resolve, 20, false));
  });
