/** Files that consumers have written on the platform: they stay until somebody takes them away, or has them removed here. */
import {checkConsumerName} from '../domain/consumer.js';
import {IotctlError} from '../domain/errors.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {Changes, Outcome} from './changes.js';
import type {ConsumerId} from './consumer-desk.js';
import {nameOf, type Origin} from './origin.js';
import type {Turns} from './turns.js';

export interface WrittenSize {
  readonly files: number;
  readonly bytes: number;
}

/** The files themselves. */
export interface WrittenFiles {
  count(of: ConsumerId): Promise<WrittenSize>;
  /** Resolves once consumers that are paused or deleted write nothing any more; rejects where that is not certain. */
  settled(): Promise<void>;
  remove(of: ConsumerId): Promise<void>;
}

interface Parts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly clock: () => number;
  readonly written: WrittenFiles;
  /** Of consumers, by `turnOf`: none is made or resumed while its files are removed. */
  readonly turns: Turns;
}

export const turnOf = ({tenant, name}: ConsumerId): string => `${tenant}/${name}`;

export class ConsumerFileAdmin {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Of a consumer, or of one that is deleted. Throws `IOT_CONSUMER_UNKNOWN` where there is neither it nor a file. */
  async count(tenant: string, name: string): Promise<WrittenSize> {
    checkConsumerName(name);
    const written = await this.#parts.written.count({tenant, name});
    // A deleted one is known by what it left.
    if (written.files === 0) await this.#parts.registry.consumers.get(tenant, name);
    return written;
  }

  /** Gives back what was there. Throws `IOT_CONFLICT` for one that is not paused, and `IOT_CONSUMER_UNKNOWN`. */
  async remove(origin: Origin, tenant: string, name: string): Promise<WrittenSize> {
    checkConsumerName(name);
    const {turns} = this.#parts;
    return await turns.take(turnOf({tenant, name}), () => this.#remove(origin, {tenant, name}));
  }

  async #remove(origin: Origin, of: ConsumerId): Promise<WrittenSize> {
    const {changes, written} = this.#parts;
    const change = {tenant: of.tenant, action: 'consumer:delete', target: `consumer/${of.name}/files`};
    // What it was told to do before this, it has done then; and it is told nothing more until this is over.
    await written.settled();
    const size = await written.count(of);
    // Recorded first, so that nothing goes without a word.
    await changes.apply(origin, change, registry => this.#record(registry, origin, {of, size}));
    try {
      await written.remove(of);
    } catch (error) {
      await changes.failed(origin, change, error);
      throw error;
    }
    return size;
  }

  async #record(
    registry: Registry,
    origin: Origin,
    {of: {tenant, name}, size}: {of: ConsumerId; size: WrittenSize},
  ): Promise<Outcome<void>> {
    const consumer =
      size.files === 0
        ? await registry.consumers.get(tenant, name)
        : await registry.consumers.find(tenant, name);
    if (consumer && consumer.state !== 'paused')
      throw new IotctlError(
        'IOT_CONFLICT',
        `consumer ${name} is not paused: pause it first, or delete it with its files (\`iotctl consumer delete ${name} --files\`)`,
      );
    const data = {consumer: name, ...size, by: nameOf(origin)};
    const recordedMs = this.#parts.clock();
    const event: OutboxEvent = {tenant, device: '', type: 'consumer.files_removed', recordedMs, data};
    return {result: undefined, before: size, events: [event]};
  }
}
