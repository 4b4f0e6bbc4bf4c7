/** Starts a command for each event of a tail, in the order of each device. */
import {type ChildProcess, spawn} from 'node:child_process';
import {killGroup} from '../../delivery/process-group.js';
import type {Progress} from '../../delivery/progress.js';
import type {CloudEvent} from '../../domain/cloud-event.js';
import {IotctlError} from '../../domain/errors.js';
import {say} from '../stdout.js';
import {commandWords} from './command-words.js';
import {deviceOf} from './event-facts.js';
import type {EventSink} from './event-sink.js';
import {OrderedWork} from './ordered-work.js';
import {parsePlaceholders, type Template} from './template.js';

export interface ExecOptions {
  readonly command: string;
  /** Through a shell, which reads the command itself; words and placeholders are ours otherwise. */
  readonly shell: boolean;
  readonly atOnce: number;
  /** Of each command. */
  readonly timeoutMs: number;
}

/** How a command ended that took too long, beside exit codes and signals. */
const TIMED_OUT = 'timeout';

export class ExecSink implements EventSink {
  readonly #command: string;
  /** The program and its arguments; undefined where a shell reads them. */
  readonly #words: readonly Template[] | undefined;
  readonly #work: OrderedWork;
  readonly #progress: Progress;
  readonly #timeoutMs: number;
  readonly #running = new Set<ChildProcess>();
  /** How often the command ended how: `0`, `1`, `SIGKILL`, `timeout`. */
  readonly #endings = new Map<string, number>();
  readonly #failed = new AbortController();
  #stopped = false;

  /** Throws `IOT_USAGE` for a command that cannot be read. */
  constructor({command, shell, atOnce, timeoutMs}: ExecOptions, progress: Progress) {
    this.#progress = progress;
    this.#command = command;
    this.#timeoutMs = timeoutMs;
    this.#words = shell ? undefined : commandWords(command).map(parsePlaceholders);
    this.#work = new OrderedWork(atOnce, () => this.#failed.abort());
    // Not in this process' group, they do not hear of a second Ctrl-C, which ends it at once.
    process.once('exit', this.#killAll);
  }

  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  async take(event: CloudEvent): Promise<void> {
    this.#progress.begin(event.offset);
    await this.#work.add(deviceOf(event), async () => {
      if (this.#stopped) return;
      const ending = await this.#start(event);
      this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + 1);
      this.#progress.end(event.offset);
    });
  }

  async finish(): Promise<void> {
    await this.#end();
  }

  /** What runs ends; what waits is not begun. */
  async abandon(): Promise<void> {
    this.#stopped = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    await this.#work.drain().finally(() => process.off('exit', this.#killAll));
    this.#account();
  }

  readonly #killAll = (): void => {
    for (const child of this.#running) killGroup(child);
  };

  #account(): void {
    const counts = [...this.#endings].map(([ending, count]) => `${ending}: ${count}`).join(', ');
    say(`ended with ${counts || 'nothing'}`);
    if ([...this.#endings.keys()].some(ending => ending !== '0'))
      throw new IotctlError('IOT_EXEC_FAILED', `${this.#command} failed (ended with ${counts})`);
  }

  #start(event: CloudEvent): Promise<string> {
    const [program = '', ...args] = this.#words?.map(word => word(event)) ?? [this.#command];
    const child = spawn(program, args, {
      shell: this.#words === undefined,
      detached: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: {...process.env, ...environmentOf(event)},
    });
    // A command that does not read its input is none of our business.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(event)}\n`);
    return this.#endingOf(child, program);
  }

  #endingOf(child: ChildProcess, program: string): Promise<string> {
    this.#running.add(child);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child);
    }, this.#timeoutMs);
    return new Promise<string>((resolve, reject) => {
      child.once('error', error =>
        reject(new IotctlError('IOT_EXEC_FAILED', `${program} cannot be started: ${error.message}`)),
      );
      child.once('exit', (code, signal) => resolve(timedOut ? TIMED_OUT : String(code ?? signal)));
    }).finally(() => {
      clearTimeout(timer);
      this.#running.delete(child);
    });
  }
}

/** Attributes are letters and digits (CloudEvents 1.0, naming of attributes): `CE_TYPE`, `CE_DEVICE`. */
function environmentOf(event: CloudEvent): Record<string, string> {
  const {data: _data, data_base64: _bytes, ...attributes} = event;
  const told = {...attributes, device: deviceOf(event)};
  return Object.fromEntries(
    Object.entries(told).map(([name, value]) => [
      `CE_${name.toUpperCase()}`,
      String(value).replaceAll('\0', ''),
    ]),
  );
}
