/** Sends commands through a platform's HTTP API, each with a request that waits for its result. */
import type {ApiClient} from '../../../client/api-client.js';
import {IotctlError} from '../../../domain/errors.js';
import type {PlatformCommand} from '../plan.js';
import {type CommandContext, CommandSender, type CommandWay, type OpenCommand} from './command-sender.js';

/** What the API lets one wait at most. */
const WAIT_MS_MAX = 300_000;

interface Requests {
  readonly api: ApiClient;
  readonly command: PlatformCommand;
  /** For which device a command is. */
  readonly deviceOf: (sequence: number) => string;
}

export class ApiRequester implements CommandWay {
  readonly sender: CommandSender;
  readonly isOpen = true;
  readonly #timeoutMs: number;
  readonly #requests: Requests;

  constructor(index: number, context: CommandContext, requests: Requests) {
    this.sender = new CommandSender(index, context, this);
    this.#timeoutMs = context.timeoutMs;
    this.#requests = requests;
  }

  send({sequence}: OpenCommand): void {
    void this.#failureOf(sequence).then(failure => {
      if (failure === undefined) this.sender.answered(sequence);
      else this.sender.failed(sequence, failure);
    });
  }

  /** The state of the command, or the code of an error; undefined when it succeeded. */
  async #failureOf(sequence: number): Promise<string | undefined> {
    const {api, command, deviceOf} = this.#requests;
    try {
      const {state} = await api.sendCommand(deviceOf(sequence), {
        ...command,
        ttlMs: Math.max(1000, this.#timeoutMs),
        waitMs: Math.min(WAIT_MS_MAX, this.#timeoutMs),
      });
      return state === 'succeeded' ? undefined : state;
    } catch (error) {
      return error instanceof IotctlError ? error.code : (error as Error).message;
    }
  }
}
