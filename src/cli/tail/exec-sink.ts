/** Starts a command for each event of a tail, in the order of each device. */
import {spawn} from 'node:child_process';
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
}

export class ExecSink implements EventSink {
  readonly #command: string;
  /** The program and its arguments; undefined where a shell reads them. */
  readonly #words: readonly Template[] | undefined;
  readonly #work: OrderedWork;
  readonly #progress: Progress;
  /** How often the command ended how: `0`, `1`, `SIGKILL`. */
  readonly #endings = new Map<string, number>();
  readonly #failed = new AbortController();
  #stopped = false;

  /** Throws `IOT_USAGE` for a command that cannot be read. */
  constructor({command, shell, atOnce}: ExecOptions, progress: Progress) {
    this.#progress = progress;
    this.#command = command;
    this.#words = shell ? undefined : commandWords(command).map(parsePlaceholders);
    this.#work = new OrderedWork(atOnce, () => this.#failed.abort());
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
    await this.#work.drain();
    this.#account();
  }

  /** What runs ends; what waits is not begun. */
  async abandon(): Promise<void> {
    this.#stopped = true;
    await this.#work.drain();
    this.#account();
  }

  #account(): void {
    const counts = [...this.#endings].map(([ending, count]) => `${ending}: ${count}`).join(', ');
    say(`ended with ${counts || 'nothing'}`);
    if ([...this.#endings.keys()].some(ending => ending !== '0'))
      throw new IotctlError('IOT_EXEC_FAILED', `${this.#command} failed (exit codes ${counts})`);
  }

  #start(event: CloudEvent): Promise<string> {
    const [program = '', ...args] = this.#words?.map(word => word(event)) ?? [this.#command];
    const child = spawn(program, args, {
      shell: this.#words === undefined,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: {...process.env, ...environmentOf(event)},
    });
    // A command that does not read its input is none of our business.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(event)}\n`);
    return new Promise((resolve, reject) => {
      child.once('error', error =>
        reject(new IotctlError('IOT_EXEC_FAILED', `${program} cannot be started: ${error.message}`)),
      );
      child.once('close', (code, signal) => resolve(code === null ? String(signal) : String(code)));
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
