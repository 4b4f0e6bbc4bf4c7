/** The least that a broker can do, as a process of its own: accepts MQTT connections, reads, answers pings, and keeps nothing. */
import {createServer} from 'node:net';

const CONNACK = Buffer.from([0x20, 2, 0, 0]);
/** For MQTT 5, with no properties. */
const CONNACK_5 = Buffer.from([0x20, 3, 0, 0, 0]);
const PINGRESP = Buffer.from([0xd0, 0]);
const [CONNECT, PINGREQ] = [0x10, 0xc0];
/** Of a CONNECT with a header of two bytes. */
const VERSION_AT = 8;

createServer(socket => {
  let rest;
  socket.on('error', () => {});
  socket.on('data', chunk => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const end = eachPacket(bytes, at => {
      if (bytes[at] === CONNECT) socket.write(bytes[at + VERSION_AT] === 5 ? CONNACK_5 : CONNACK);
      else if (bytes[at] === PINGREQ) socket.write(PINGRESP);
    });
    rest = end === bytes.length ? undefined : bytes.subarray(end);
  });
}).listen({port: 0, host: '127.0.0.1', backlog: 4096}, function () {
  process.send({port: this.address().port});
});

/** Tells where each whole packet begins; gives back where the last one ends. */
function eachPacket(bytes, tell) {
  let at = 0;
  for (;;) {
    let next = at + 1;
    let remaining = 0;
    for (let shift = 0; ; shift += 7) {
      if (next >= bytes.length) return at;
      const byte = bytes[next++];
      remaining |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    next += remaining;
    if (next > bytes.length) return at;
    tell(at);
    at = next;
  }
}
