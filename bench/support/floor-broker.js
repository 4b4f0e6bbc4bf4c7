/** The least that a broker can do, as a process of its own: accepts MQTT connections, reads, and keeps nothing. */
import {createServer} from 'node:net';

const CONNACK = Buffer.from([0x20, 2, 0, 0]);

createServer(socket => {
  socket.on('error', () => {});
  socket.once('data', () => socket.write(CONNACK));
  socket.on('data', () => {});
}).listen({port: 0, host: '127.0.0.1', backlog: 4096}, function () {
  process.send({port: this.address().port});
});
