/** Events that wait for their delivery: in the order of each device, and each device with one delivery at a time. */
import type {StoredEvent} from '../domain/event.js';

export interface Waiting {
  readonly event: StoredEvent;
  /** It was put aside earlier, and is tried again. */
  readonly isReplay: boolean;
  /** It travels alone: together with others it was refused. */
  readonly alone: boolean;
}

export class DeviceQueues {
  readonly #queues = new Map<string, Waiting[]>();
  /** Devices of which nothing is under way, those first that waited longest. */
  readonly #ready = new Set<string>();
  /** Of all that was added and is not done with. */
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(waiting: Waiting): void {
    const {device} = waiting.event;
    const queue = this.#queues.get(device);
    this.#count++;
    this.#bytes += sizeOf(waiting);
    if (queue) {
      queue.push(waiting);
      return;
    }
    this.#queues.set(device, [waiting]);
    this.#ready.add(device);
  }

  /** The next ones that may travel together; nothing else of their devices is taken before they are done or put back. */
  take(max: number): Waiting[] {
    const taken: Waiting[] = [];
    for (const device of this.#ready) {
      if (taken.length >= max) break;
      const queue = this.#queues.get(device)!;
      if (queue[0]!.alone) {
        if (taken.length > 0) continue;
        this.#ready.delete(device);
        return queue.splice(0, 1);
      }
      const end = queue.findIndex(({alone}) => alone);
      this.#ready.delete(device);
      taken.push(...queue.splice(0, Math.min(max - taken.length, end < 0 ? queue.length : end)));
    }
    return taken.sort((one, other) => one.event.offset - other.event.offset);
  }

  /** These are delivered, or put aside. */
  done(taken: readonly Waiting[]): void {
    for (const waiting of taken) {
      this.#count--;
      this.#bytes -= sizeOf(waiting);
    }
    this.#free(taken);
  }

  /** These come again, before what else waits of their devices. */
  putBack(taken: readonly Waiting[]): void {
    for (const waiting of [...taken].reverse()) this.#queues.get(waiting.event.device)!.unshift(waiting);
    this.#free(taken);
  }

  #free(taken: readonly Waiting[]): void {
    for (const device of new Set(taken.map(({event}) => event.device))) {
      if (this.#queues.get(device)!.length > 0) this.#ready.add(device);
      else this.#queues.delete(device);
    }
  }
}

/** What an event takes beside its payload, roughly. */
const EVENT_BYTES = 300;

const sizeOf = ({event}: Waiting): number => EVENT_BYTES + event.payload.length;
