/**
 * Two peers with one identity: each that connects takes over from the other, and the address goes back and forth. One
 * device that moves from one network to another changes it too, but seldom and not to and fro.
 */

export interface AddressConflict {
  readonly addresses: readonly string[];
  /** How often the address went from one to the other within the window. */
  readonly switches: number;
}

interface History {
  address: string;
  /** Times of the changes within the window, and where each led. */
  switches: {readonly atMs: number; readonly to: string}[];
  toldMs: number;
}

const WINDOW_MS = 10 * 60_000;

/** There, back, and there again. */
const SWITCHES_MIN = 3;

/** Devices whose last address is kept; beyond them the oldest is forgotten. */
const HISTORIES_MAX = 100_000;

export class AddressConflicts {
  readonly #histories = new Map<string, History>();

  /** Who connects, and from where. The conflict that this makes, once in a window. */
  connected(who: string, address: string, nowMs: number): AddressConflict | undefined {
    const history = this.#historyOf(who, address);
    if (history.address === address) return undefined;
    const from = history.address;
    history.address = address;
    const recent = history.switches.filter(({atMs}) => nowMs - atMs < WINDOW_MS);
    history.switches = [...recent, {atMs: nowMs, to: address}];
    const back = history.switches.filter(({to}) => to === address || to === from);
    if (back.length < SWITCHES_MIN || nowMs - history.toldMs < WINDOW_MS) return undefined;
    history.toldMs = nowMs;
    return {addresses: [from, address], switches: back.length};
  }

  #historyOf(who: string, address: string): History {
    const known = this.#histories.get(who);
    if (known) return known;
    if (this.#histories.size >= HISTORIES_MAX)
      for (const oldest of this.#histories.keys()) {
        this.#histories.delete(oldest);
        break;
      }
    const history = {address, switches: [], toldMs: Number.NEGATIVE_INFINITY};
    this.#histories.set(who, history);
    return history;
  }
}
