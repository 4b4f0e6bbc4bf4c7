/** Looks now and then which connected devices have fallen silent, and which speak again; each is an event. */
import {type NewEvent, ownEvent} from '../domain/event.js';
import type {SilentDevice, Staleness} from '../registry/staleness.js';

export interface StaleWatchParts {
  readonly staleness: Staleness;
  readonly publishEvent: (event: NewEvent) => Promise<number>;
  readonly onFault: (error: Error) => void;
}

const EVERY_MS = 5000;

export class StaleWatch {
  readonly #parts: StaleWatchParts;
  readonly #timer: NodeJS.Timeout;
  #working: Promise<void> = Promise.resolve();

  constructor(parts: StaleWatchParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      this.#working = this.#working.then(() => this.#look()).catch(parts.onFault);
    }, EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  async #look(): Promise<void> {
    const nowMs = Date.now();
    const {stale, recovered} = await this.#parts.staleness.mark(nowMs);
    const tell = (
      type: string,
      {tenant, device, expectedIntervalMs, sinceMs}: SilentDevice,
    ): Promise<number> =>
      this.#parts.publishEvent(
        ownEvent({
          ...{tenant, device, type, recordedMs: nowMs},
          data: {expectedIntervalMs, silentMs: nowMs - sinceMs},
        }),
      );
    await Promise.all([
      ...stale.map(device => tell('device.stale', device)),
      ...recovered.map(device => tell('device.recovered', device)),
    ]);
  }
}
