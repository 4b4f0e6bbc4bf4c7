/**
 * Desired documents that devices wait for: looked up many at once and in small parts, so that a fleet which comes back
 * does not keep the thread from everything else.
 */
import {setImmediate as othersTurn} from 'node:timers/promises';
import type {Registry} from '../registry/registry.js';
import type {DeviceKey} from '../registry/twin-row.js';
import type {DesiredDocument} from '../registry/twins.js';

export interface DesiredDeliveryParts {
  readonly registry: Registry;
  readonly send: (documents: readonly DesiredDocument[]) => void;
  readonly onFault: (error: Error) => void;
}

const AT_ONCE = 100;

/** A registry that cannot answer now is asked again: the devices go on waiting. */
const RETRY_MS = 1000;

export class DesiredDelivery {
  readonly #parts: DesiredDeliveryParts;
  readonly #waiting = new Map<string, DeviceKey>();
  #work: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: DesiredDeliveryParts) {
    this.#parts = parts;
  }

  wanted(devices: readonly DeviceKey[]): void {
    for (const {tenant, device} of devices) this.#waiting.set(`${tenant}/${device}`, {tenant, device});
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#work;
  }

  #wake(): void {
    if (this.#closed || this.#retry !== undefined || this.#waiting.size === 0) return;
    this.#work ??= this.#drain().finally(() => {
      this.#work = undefined;
      this.#wake();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#closed) {
      const some = [...this.#waiting.entries()].slice(0, AT_ONCE);
      for (const [key] of some) this.#waiting.delete(key);
      try {
        this.#parts.send(await this.#parts.registry.twins.desiredOf(some.map(([, device]) => device)));
      } catch (error) {
        for (const [key, device] of some) this.#waiting.set(key, device);
        this.#parts.onFault(error as Error);
        this.#retry = setTimeout(() => {
          this.#retry = undefined;
          this.#wake();
        }, RETRY_MS).unref();
        return;
      }
      await othersTurn();
    }
  }
}
