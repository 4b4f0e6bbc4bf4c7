/** The steps of commands: each is recorded, is an event, and ends what waited for the command's end. */
import {type Command, isFinal} from '../domain/command.js';
import type {NewEvent} from '../domain/event.js';
import type {Move} from '../registry/commands.js';
import type {Registry} from '../registry/registry.js';
import {Deadlines} from './deadlines.js';
import {Waiters} from './waiters.js';

/** Where a command goes; when is the clock's. */
export type Step = Omit<Move, 'atMs'>;

export interface CommandStepsOptions {
  readonly registry: Registry;
  readonly publishEvent: (event: NewEvent) => Promise<number>;
  readonly clock: () => number;
  /** The command's deadline has come. */
  readonly onDue: (id: string) => void;
}

export class CommandSteps {
  readonly #options: CommandStepsOptions;
  readonly #waiters = new Waiters();
  readonly #deadlines: Deadlines;

  constructor(options: CommandStepsOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.onDue);
  }

  /** Undefined where the command cannot go there from its present state. */
  async move(id: string, step: Step): Promise<Command | undefined> {
    const {registry, clock} = this.#options;
    const command = await registry.commands.move(id, {...step, atMs: clock()});
    if (!command) return undefined;
    if (isFinal(command.state)) {
      this.#deadlines.delete(id);
      this.#waiters.ended(id);
    } else if (step.resultDueMs !== undefined) this.setDeadline(id, step.resultDueMs);
    await this.announce(command);
    return command;
  }

  /** Each step of a command is an event. */
  async announce(command: Command): Promise<void> {
    const {tenant, device, id, name, state, result} = command;
    const detail = command.transitions.at(-1)?.detail;
    await this.#options
      .publishEvent({
        tenant,
        device,
        type: `command.${state}`,
        component: '',
        timeMs: undefined,
        recordedMs: this.#options.clock(),
        contentType: 'application/json',
        payload: Buffer.from(
          JSON.stringify({
            id,
            name,
            state,
            ...(detail ? {detail} : {}),
            ...(result === null ? {} : {result}),
          }),
        ),
        attributes: {causationid: id},
      })
      .catch(() => {});
  }

  /** A later time takes the place of an earlier one. */
  setDeadline(id: string, atMs: number): void {
    this.#deadlines.set(id, atMs);
  }

  /** Resolves when the command is over, or after `waitMs`. */
  ended(id: string, waitMs: number): Promise<void> {
    return this.#waiters.wait(id, waitMs);
  }

  close(): void {
    this.#deadlines.close();
    this.#waiters.close();
  }
}
