/** The wills of connected clients; those of a gateway that died are published by the next one. */
import type {BrokerPacket} from './records.js';
import type {Tables} from './tables.js';

interface Kept {
  readonly row: number;
  readonly will: BrokerPacket;
}

export class Wills {
  readonly #byClientId = new Map<string, Kept>();
  #nextRow = 1;

  constructor(private readonly tables: Tables) {}

  load(): void {
    for (const {key, value} of this.tables.wills.getRange()) {
      this.#byClientId.set(value.clientId!, {row: key, will: value});
      this.#nextRow = Math.max(this.#nextRow, key + 1);
    }
  }

  put(clientId: string, will: BrokerPacket): void {
    const row = this.#byClientId.get(clientId)?.row ?? this.#nextRow++;
    this.#byClientId.set(clientId, {row, will});
    void this.tables.put(this.tables.wills, row, will);
  }

  get(clientId: string): BrokerPacket | undefined {
    return this.#byClientId.get(clientId)?.will;
  }

  delete(clientId: string): BrokerPacket | undefined {
    const kept = this.#byClientId.get(clientId);
    if (kept === undefined) return undefined;
    this.#byClientId.delete(clientId);
    void this.tables.remove(this.tables.wills, kept.row);
    return kept.will;
  }

  all(): BrokerPacket[] {
    return [...this.#byClientId.values()].map(kept => kept.will);
  }
}
