/**
 * How many connections may be on their way at once. A broker lets only so many wait to be accepted (mosquitto: 100); what comes on
 * top of them the kernel drops without a word, and tries again a second later (RFC 6298, 2.1).
 */

/** Of all processes of a run. */
const OPENING_MAX = 64;
/** What takes longer waits for the network or for somebody who may never answer, and not in the queue of a busy broker. */
const QUEUED_MS_MAX = 100;

export class OpeningWindow<Connection> {
  readonly #max: number;
  /** When each was opened, the oldest first. */
  readonly #openedMs = new Map<Connection, number>();

  /** `agents` is how many processes share it. */
  constructor(agents: number) {
    this.#max = Math.max(1, Math.floor(OPENING_MAX / agents));
  }

  hasRoom(atMs: number): boolean {
    for (const [connection, openedMs] of this.#openedMs) {
      if (atMs - openedMs <= QUEUED_MS_MAX) break;
      this.#openedMs.delete(connection);
    }
    return this.#openedMs.size < this.#max;
  }

  opened(connection: Connection, atMs: number): void {
    this.#openedMs.set(connection, atMs);
  }

  /** It stands, or does not come to be this time. */
  answered(connection: Connection): void {
    this.#openedMs.delete(connection);
  }
}
