/** Takes the events of changes from the outbox to the event stream: in their order, each at least once. */
import type {NewEvent} from '../domain/event.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';

const BATCH = 500;

/** After a failure it is tried again, until the platform stops. */
const RETRY_MS = 1000;

export class OutboxDrain {
  readonly #registry: Registry;
  readonly #append: (event: NewEvent) => Promise<number>;
  readonly #onFault: (error: Error) => void;
  #work: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    registry: Registry,
    append: (event: NewEvent) => Promise<number>,
    onFault: (error: Error) => void,
  ) {
    this.#registry = registry;
    this.#append = append;
    this.#onFault = onFault;
  }

  /** There may be events in it. */
  readonly wake = (): void => {
    this.#again = true;
    if (this.#closed) return;
    this.#work ??= this.#drain().finally(() => {
      this.#work = undefined;
      if (this.#again && this.#retry === undefined) this.wake();
    });
  };

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#work;
  }

  async #drain(): Promise<void> {
    this.#again = false;
    try {
      const {outbox} = this.#registry;
      for (let kept = await outbox.next(BATCH); kept.length > 0; kept = await outbox.next(BATCH)) {
        await Promise.all(kept.map(({event}) => this.#append(eventOf(event))));
        // In the commit of whatever else changes now.
        await this.#registry.transact(registry => registry.outbox.done(kept.at(-1)!.seq));
        if (this.#closed) return;
      }
    } catch (error) {
      if (this.#closed) return;
      this.#onFault(error as Error);
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.wake();
      }, RETRY_MS).unref();
    }
  }
}

const eventOf = ({tenant, device, type, recordedMs, data}: OutboxEvent): NewEvent => ({
  tenant,
  device,
  type,
  component: '',
  timeMs: undefined,
  recordedMs,
  contentType: 'application/json',
  payload: Buffer.from(JSON.stringify(data)),
  attributes: undefined,
});
