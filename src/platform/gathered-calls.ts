/** Calls of one kind, many in a message: while one message waits for its answer, the calls that come gather for the next. */
import {IotctlError} from '../domain/errors.js';

/** What one answer sets off must not keep a thread from its sockets for long. */
const CALLS_PER_MESSAGE = 100;

/** Calls that wait for their turn; one more is refused. */
const WAITING_MAX = 20_000;

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class GatheredCalls<Request, Answer> {
  readonly #ask: (requests: readonly Request[]) => Promise<readonly Answer[]>;
  #waiting: Waiting<Request, Answer>[] = [];
  #asking = false;

  /** `ask` answers in the order of the requests. */
  constructor(ask: (requests: readonly Request[]) => Promise<readonly Answer[]>) {
    this.#ask = ask;
  }

  /** A first call is asked at once. Rejects as `ask` does, or with `IOT_PART_UNAVAILABLE` when too many wait. */
  call(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= WAITING_MAX) {
        reject(new IotctlError('IOT_PART_UNAVAILABLE', 'too many calls wait for an answer'));
        return;
      }
      this.#waiting.push({request, resolve, reject});
      if (!this.#asking) void this.#askAll();
    });
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    while (this.#waiting.length > 0) await this.#askSome(this.#waiting.splice(0, CALLS_PER_MESSAGE));
    this.#asking = false;
  }

  async #askSome(calls: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.#ask(calls.map(({request}) => request));
      for (const [index, {resolve}] of calls.entries()) resolve(answers[index]!);
    } catch (error) {
      for (const {reject} of calls) reject(error as Error);
    }
  }
}
