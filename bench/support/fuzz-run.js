/** Sends mutated packets to a gateway over many connections at once, and asks meanwhile whether it still answers. */
import {connect} from 'node:net';
import {generate, parser} from 'mqtt-packet';
import {fuzzSession, random, webSocketFrame} from './packet-mutator.js';

const CONNECTIONS = 24;

/** After its last bytes a peer waits this long for what comes back. */
const LINGER_MS = 4;
const SESSION_MS_MAX = 2000;
const PROBE_EVERY_MS = 500;
const PROBE_MS_MAX = 5000;

/**
 * Sends at least so many packets. `probe` is a login that is not fuzzed with. Resolves to how many were sent, in how many
 * sessions, and to the slowest answer that a fresh client got, in milliseconds. Rejects when one got none.
 */
export async function fuzz({
  host = '127.0.0.1',
  port,
  wsPort,
  logins,
  probe,
  packets,
  seed,
  onSession = () => {},
}) {
  const dice = random(seed);
  const state = {sent: 0, sessions: 0, slowestMs: 0, probes: 0, stopped: false};
  const probing = probeAgainAndAgain({host, port, login: probe}, state);
  probing.catch(() => {
    state.stopped = true;
  });
  await Promise.all(
    Array.from({length: CONNECTIONS}, async () => {
      while (state.sent < packets && !state.stopped) {
        const session = fuzzSession(dice, logins);
        state.sent += session.packets;
        state.sessions++;
        onSession(session, state);
        await runSession({host, port, wsPort}, session, random(seed + state.sessions));
      }
    }),
  );
  state.stopped = true;
  await probing;
  await probeOnce({host, port, login: probe}, state);
  const {sent, sessions, slowestMs, probes} = state;
  return {packets: sent, sessions, probes, slowestMs};
}

/** Resolves when the connection is over, however it ends. */
export function runSession({host, port, wsPort}, {webSocket, chunks}, dice) {
  return new Promise(resolve => {
    const socket = connect({host, port: webSocket ? wsPort : port, noDelay: true});
    const deadline = setTimeout(() => socket.destroy(), SESSION_MS_MAX);
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(deadline);
      resolve();
    });
    socket.resume();
    socket.on('connect', () => {
      if (webSocket) socket.write(upgradeRequest(host, wsPort));
      for (const chunk of chunks) socket.write(webSocket ? webSocketFrame(chunk, dice) : chunk);
      setTimeout(() => (dice.chance(0.5) ? socket.destroy() : socket.end()), LINGER_MS);
    });
  });
}

const upgradeRequest = (host, port) =>
  `GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

async function probeAgainAndAgain(target, state) {
  while (!state.stopped) {
    await probeOnce(target, state);
    await new Promise(resolve => setTimeout(resolve, PROBE_EVERY_MS));
  }
}

/** A fresh client: CONNECT, PUBLISH, PUBACK. */
async function probeOnce({host, port, login}, state) {
  const startedMs = performance.now();
  const socket = connect({host, port, noDelay: true});
  try {
    await new Promise((resolve, reject) => {
      const deadline = setTimeout(
        () => reject(new Error(`a fresh client got no answer for ${PROBE_MS_MAX} ms`)),
        PROBE_MS_MAX,
      );
      const packets = parser({protocolVersion: 4});
      packets.on('packet', ({cmd, returnCode}) => {
        if (cmd === 'connack' && returnCode !== 0)
          reject(new Error(`a fresh client was refused with ${returnCode}`));
        else if (cmd === 'connack')
          socket.write(
            generate({cmd: 'publish', topic: 'me/telemetry', payload: '{"probe":1}', qos: 1, messageId: 1}),
          );
        else if (cmd === 'puback') {
          clearTimeout(deadline);
          resolve();
        }
      });
      socket.on('data', chunk => packets.parse(chunk));
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('a fresh client was cut off')));
      const {username, password} = login;
      const connectPacket = {
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId: '',
        keepalive: 30,
      };
      socket.write(generate({...connectPacket, username, password: Buffer.from(password)}));
    });
  } finally {
    socket.removeAllListeners('close');
    socket.on('error', () => {});
    socket.destroy();
  }
  state.probes++;
  state.slowestMs = Math.max(state.slowestMs, Math.round(performance.now() - startedMs));
}
