/** Short, bounded messages between two threads: calls that are answered, and notices that are not. */
import {type MessagePort, Worker} from 'node:worker_threads';
import {IotctlError, isErrorCode} from '../domain/errors.js';

/** What one side offers to the other: each function takes one argument that can be cloned, and may be async. */
export type Offers = Record<string, (argument: never) => unknown>;

type Message =
  | {readonly kind: 'call'; readonly id: number; readonly name: string; readonly argument: unknown}
  | {readonly kind: 'answer'; readonly id: number; readonly value: unknown}
  | {readonly kind: 'failure'; readonly id: number; readonly code: string; readonly message: string}
  | {readonly kind: 'notice'; readonly name: string; readonly argument: unknown};

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Calls without an answer yet; one more is refused rather than queued. */
const CALLS_MAX = 20_000;

type Channel = MessagePort | Worker;

/**
 * One end of the channel. `Theirs` is what the other thread offers; what this thread offers is given to the
 * constructor.
 */
export class ThreadPort<Theirs extends Offers> {
  readonly #channel: Channel;
  readonly #mine: Offers;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closed: Error | undefined;

  constructor(channel: Channel, mine: Offers) {
    this.#channel = channel;
    this.#mine = mine;
    const receive = (message: Message) => this.#receive(message);
    if (channel instanceof Worker) channel.on('message', receive);
    else channel.on('message', receive);
  }

  /** Rejects with the error of the other side, or `IOT_PART_UNAVAILABLE` when that side is gone or drowning. */
  call<Name extends keyof Theirs & string>(
    name: Name,
    argument: Parameters<Theirs[Name]>[0],
  ): Promise<Awaited<ReturnType<Theirs[Name]>>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(this.#closed);
        return;
      }
      if (this.#waiting.size >= CALLS_MAX) {
        reject(new IotctlError('IOT_PART_UNAVAILABLE', `too many calls wait for an answer (${name})`));
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, {resolve: resolve as (value: unknown) => void, reject});
      this.#post({kind: 'call', id, name, argument});
    });
  }

  notify<Name extends keyof Theirs & string>(name: Name, argument: Parameters<Theirs[Name]>[0]): void {
    if (!this.#closed) this.#post({kind: 'notice', name, argument});
  }

  /** Fails what still waits, and every call from now on. */
  close(reason: string): void {
    this.#closed = new IotctlError('IOT_PART_UNAVAILABLE', reason);
    for (const {reject} of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }

  #post(message: Message): void {
    this.#channel.postMessage(message);
  }

  #receive(message: Message): void {
    switch (message.kind) {
      case 'call':
        void this.#answer(message.id, message.name, message.argument);
        return;
      case 'notice':
        this.#mine[message.name]!(message.argument as never);
        return;
      case 'answer':
        this.#settle(message.id)?.resolve(message.value);
        return;
      case 'failure':
        this.#settle(message.id)?.reject(
          isErrorCode(message.code)
            ? new IotctlError(message.code, message.message)
            : new Error(message.message),
        );
    }
  }

  async #answer(id: number, name: string, argument: unknown): Promise<void> {
    try {
      this.#post({kind: 'answer', id, value: await this.#mine[name]!(argument as never)});
    } catch (error) {
      const code = error instanceof IotctlError ? error.code : 'IOT_INTERNAL';
      this.#post({kind: 'failure', id, code, message: (error as Error).message});
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
