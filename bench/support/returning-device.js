/**
 * One device that keeps its session (MQTT 3.1.1, 3.1.2.4) and comes back whenever its connection ends, as client
 * libraries do: at once, and then after waits that grow, each spread by chance.
 */
import {connect as connectTcp} from 'node:net';
import {connect as connectTls} from 'node:tls';
import {generate, parser} from 'mqtt-packet';

const KEEP_ALIVE_SEC = 120;
const WAIT_MS_MIN = 100;
const WAIT_MS_MAX = 1000;

/** A peer that has not answered a CONNECT by then is given up, and asked again. */
const CONNACK_MS_MAX = 30_000;

export class ReturningDevice {
  #options;
  #events;
  #socket;
  #failures = 0;
  #waitTimer;
  #ended = false;
  online = false;

  /**
   * `options`: host, port, localAddress, ca (PEM text, for TLS), login, filter. `events`: online({attemptMs,
   * sessionPresent}), subscribed(), refused(returnCode), failed(code), lost().
   */
  constructor(options, events) {
    this.#options = options;
    this.#events = events;
  }

  open() {
    if (this.#ended) return;
    const {host, port, localAddress, ca, login} = this.#options;
    const startedMs = performance.now();
    const where = {host, port, localAddress, noDelay: true};
    const socket = ca === undefined ? connectTcp(where) : connectTls({...where, ca, servername: ''});
    this.#socket = socket;
    const packets = parser({protocolVersion: 4});
    const deadline = setTimeout(() => socket.destroy(new Error('no CONNACK')), CONNACK_MS_MAX);
    let reason;
    let heard = false;
    packets.on('packet', packet => {
      if (packet.cmd === 'suback') this.#events.subscribed();
      if (packet.cmd === 'publish' && packet.qos === 1)
        socket.write(generate({cmd: 'puback', messageId: packet.messageId}));
      if (packet.cmd !== 'connack') return;
      heard = true;
      clearTimeout(deadline);
      this.#onConnack(packet, performance.now() - startedMs);
    });
    packets.on('error', error => socket.destroy(error));
    socket.on('data', chunk => packets.parse(chunk));
    socket.on('error', error => {
      reason = error.code ?? error.message;
    });
    socket.on('close', () => {
      clearTimeout(deadline);
      this.#onClose(heard, reason ?? 'closed');
    });
    socket.write(connectPacket(login));
  }

  /** Cuts the connection without a word, as a network does. */
  cut() {
    // A TLS socket cannot be reset; without a word it goes all the same.
    if (this.#options.ca === undefined) this.#socket?.resetAndDestroy();
    else this.#socket?.destroy();
  }

  end() {
    this.#ended = true;
    clearTimeout(this.#waitTimer);
    this.#socket?.destroy();
  }

  #onConnack({returnCode, sessionPresent}, attemptMs) {
    if (returnCode !== 0) {
      this.#events.refused(returnCode);
      this.#socket.destroy();
      return;
    }
    this.online = true;
    this.#failures = 0;
    const {filter} = this.#options;
    if (!sessionPresent) {
      const subscriptions = [{topic: filter, qos: 1}];
      this.#socket.write(generate({cmd: 'subscribe', messageId: 1, subscriptions}));
    }
    this.#events.online({attemptMs, sessionPresent});
  }

  #onClose(heard, reason) {
    const wasOnline = this.online;
    this.online = false;
    if (this.#ended) return;
    if (wasOnline) this.#events.lost();
    else if (!heard) this.#events.failed(reason);
    this.#waitTimer = setTimeout(() => this.open(), wasOnline ? 0 : this.#nextWaitMs());
  }

  /** Doubled with each failure up to the limit, and anywhere between its half and its whole. */
  #nextWaitMs() {
    const waitMs = Math.min(WAIT_MS_MAX, 2 * WAIT_MS_MIN * 2 ** this.#failures++);
    return Math.max(WAIT_MS_MIN, waitMs * (0.5 + Math.random() / 2));
  }
}

const connectPacket = ({id, username, password}) =>
  generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: false,
    clientId: id,
    keepalive: KEEP_ALIVE_SEC,
    username,
    password: Buffer.from(password),
  });
