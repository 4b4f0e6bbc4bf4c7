/** Dead letters that somebody wants to have sent again, on their way into the deliveries. */
import type {StoredEvent} from '../domain/event.js';
import type {Deliveries} from './deliveries.js';
import type {ConsumerId, ConsumerPorts} from './ports.js';

export interface ReplayParts {
  readonly of: ConsumerId;
  readonly ports: Pick<ConsumerPorts, 'replays' | 'onFault'>;
  readonly deliveries: Pick<Deliveries, 'room' | 'add'>;
  readonly ending: AbortSignal;
}

export class Replays {
  readonly #parts: ReplayParts;
  readonly #underWay = new Set<number>();
  #work: Promise<void> | undefined;
  #again = false;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  /** There may be some. */
  look(): void {
    this.#again = true;
    this.#work ??= this.#read()
      .catch((error: Error) => this.#parts.ports.onFault(error))
      .finally(() => {
        this.#work = undefined;
      });
  }

  /** It is delivered, or put aside once more. */
  done({offset}: StoredEvent): void {
    this.#underWay.delete(offset);
  }

  /** Resolves when none is read any more. */
  async ended(): Promise<void> {
    await this.#work;
  }

  async #read(): Promise<void> {
    const {of, ports, deliveries, ending} = this.#parts;
    const {tenant, name} = of;
    for (let after = -1; !ending.aborted; ) {
      if (this.#again) after = -1;
      this.#again = false;
      const events = await ports.replays({tenant, name, after});
      const last = events.at(-1);
      if (last === undefined && !this.#again) return;
      after = last?.offset ?? -1;
      for (const event of events) {
        await deliveries.room();
        if (this.#underWay.has(event.offset)) continue;
        this.#underWay.add(event.offset);
        deliveries.add({event, isReplay: true, alone: true});
      }
    }
  }
}
