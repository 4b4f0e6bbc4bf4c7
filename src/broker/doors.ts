/** The doors to the network: who may come in, whose turn it is, and whose certificate was shown. */
import type {Duplex} from 'node:stream';
import type {PeerCertificate} from './authenticator.js';
import {addressOf} from './limits/address.js';
import {TLS_COST, type Turnstile} from './limits/turnstile.js';
import {type Gate, type Listener, listenTcp, listenWebSocket, type TlsPair} from './listeners.js';

/** Ports to listen on, 0 for a free one; a door that is not named stays shut. */
export interface DoorPorts {
  readonly mqtt?: number | undefined;
  readonly ws?: number | undefined;
  readonly mqtts?: number | undefined;
  readonly wss?: number | undefined;
}

export interface DoorOptions {
  readonly host: string;
  readonly ports: DoorPorts;
  /** For the doors over TLS. */
  readonly tls?: TlsPair | undefined;
  readonly turnstile: Turnstile;
  readonly closedTo: (address: string) => boolean;
  /** Whose certificate (DER) is this? Asked for peers that show one. */
  identify(leafDer: Buffer): Promise<PeerCertificate>;
  accept(socket: Duplex, peer: {remote: string; certificate: PeerCertificate | undefined}): void;
}

export class Doors {
  readonly #options: DoorOptions;
  readonly #listeners: Listener[] = [];
  #closing = false;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Gives the ports back. */
  async open(): Promise<DoorPorts> {
    const {host, ports, tls} = this.#options;
    const gate: Gate = {
      enter: (knock, enter, refuse) => this.#enter(knock, enter, refuse),
      accept: (socket, remote, leafDer) => void this.#accept(socket, remote, leafDer),
    };
    const opened: Record<string, number> = {};
    for (const [door, listen, pair] of [
      ['mqtt', listenTcp, undefined],
      ['ws', listenWebSocket, undefined],
      ['mqtts', listenTcp, tls],
      ['wss', listenWebSocket, tls],
    ] as const) {
      const port = ports[door];
      if (port === undefined) continue;
      const listener = await listen(host, port, gate, pair);
      this.#listeners.push(listener);
      opened[door] = listener.port;
    }
    return opened;
  }

  /** Nobody comes in any more; resolves once those inside have left. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#options.turnstile.close();
    await Promise.all(this.#listeners.map(listener => listener.close()));
  }

  /** Bans of a whole address hold before a word is said; then it is each one's turn. */
  #enter({remote, tls}: {remote: string; tls: boolean}, enter: () => void, refuse: () => void): void {
    const {turnstile, closedTo} = this.#options;
    const address = addressOf(remote);
    if (this.#closing || closedTo(address)) refuse();
    else turnstile.enter({address, cost: tls ? TLS_COST : 1}, enter, refuse);
  }

  async #accept(socket: Duplex, remote: string, leafDer: Buffer | undefined): Promise<void> {
    const certificate = leafDer && (await this.#identify(leafDer));
    if (this.#closing || socket.destroyed) socket.destroy();
    else this.#options.accept(socket, {remote, certificate});
  }

  async #identify(leafDer: Buffer): Promise<PeerCertificate> {
    try {
      return await this.#options.identify(leafDer);
    } catch (error) {
      return {ok: false, reason: (error as Error).message};
    }
  }
}
