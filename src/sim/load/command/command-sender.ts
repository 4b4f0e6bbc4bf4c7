/** Sends the commands that are due, never more at a time than may be open, and measures until their answers. */
import {nowMs} from '../../measure/clock.js';
import type {Measurements} from '../../measure/measurements.js';
import type {Sender} from '../sender.js';

export interface OpenCommand {
  readonly sequence: number;
  /** Both on the clock of the run. */
  readonly dueMs: number;
  readonly sentMs: number;
}

export interface CommandContext {
  readonly measurements: Measurements;
  /** Commands of one requester that are open at a time, at most. */
  readonly inflight: number;
  readonly timeoutMs: number;
  dueMs(requester: number, sequence: number, sentMs: number): number;
  inFlight(change: 1 | -1): void;
}

/** How commands leave. */
export interface CommandWay {
  readonly isOpen: boolean;
  send(command: OpenCommand): void;
}

export class CommandSender implements Sender {
  readonly index: number;
  released = 0;
  next = 0;
  isHungry = false;
  readonly #context: CommandContext;
  readonly #way: CommandWay;
  /** In the order in which they were sent, which is that in which their time is up. */
  readonly #open = new Map<number, OpenCommand>();
  #timer: NodeJS.Timeout | undefined;
  /** Something other than this process made it wait. */
  #held = false;

  constructor(index: number, context: CommandContext, way: CommandWay) {
    this.index = index;
    this.#context = context;
    this.#way = way;
  }

  get isDone(): boolean {
    return this.outstanding === 0;
  }

  get outstanding(): number {
    return this.released - this.next + this.#open.size;
  }

  pump(): void {
    this.isHungry = false;
    while (this.next < this.released) {
      if (!this.#way.isOpen || this.#open.size >= this.#context.inflight) {
        this.#held = true;
        return;
      }
      this.#send();
    }
    this.#held = false;
  }

  /** What is not open any more, such as a second answer, is not counted. */
  answered(sequence: number): void {
    const command = this.#close(sequence);
    if (command === undefined) return;
    const {measurements} = this.#context;
    const atMs = nowMs();
    measurements.count('commandsAnswered');
    measurements.latency('cmd', atMs - command.dueMs, atMs - command.sentMs);
    this.pump();
  }

  failed(sequence: number, reason: string): void {
    if (this.#close(sequence) === undefined) return;
    this.#context.measurements.fail('command', reason);
    this.pump();
  }

  account({unsentCounts}: {readonly unsentCounts: boolean}): void {
    clearTimeout(this.#timer);
    if (!unsentCounts) return;
    const {measurements} = this.#context;
    const unsent = this.released - this.next;
    if (this.#open.size > 0) measurements.fail('command', 'no-answer', this.#open.size);
    if (unsent > 0 && unsent < Infinity) measurements.fail('command', 'not-sent', unsent);
  }

  #send(): void {
    const context = this.#context;
    const sentMs = nowMs();
    const sequence = this.next++;
    const command = {sequence, dueMs: context.dueMs(this.index, sequence, sentMs), sentMs};
    if (!this.#held) context.measurements.scheduleLag(Math.max(0, sentMs - command.dueMs));
    this.#open.set(sequence, command);
    context.inFlight(1);
    context.measurements.count('commandsSent');
    this.#way.send(command);
    if (this.#timer === undefined) this.#watch(sentMs);
  }

  #close(sequence: number): OpenCommand | undefined {
    const command = this.#open.get(sequence);
    if (command === undefined) return undefined;
    this.#open.delete(sequence);
    this.#context.inFlight(-1);
    return command;
  }

  /** Waits until the oldest one's time is up. */
  #watch(atMs: number): void {
    const [oldest] = this.#open.values();
    this.#timer =
      oldest === undefined
        ? undefined
        : setTimeout(() => this.#timeOut(), Math.max(1, oldest.sentMs + this.#context.timeoutMs - atMs));
  }

  #timeOut(): void {
    const atMs = nowMs();
    const late = [...this.#open.values()].filter(({sentMs}) => sentMs + this.#context.timeoutMs <= atMs);
    for (const {sequence} of late) this.failed(sequence, 'timeout');
    this.#watch(atMs);
  }
}
