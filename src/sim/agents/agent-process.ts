import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {IotctlError} from '../../domain/errors.js';
import type {RunPhase} from '../../domain/live-view.js';
import {programFile} from '../../domain/package-files.js';
import type {RunSnapshot} from '../measure/run-snapshot.js';
import type {AgentNews, AgentOrder} from './agent-messages.js';
import type {RunPlan} from './run-plan.js';

/** So much of what an agent wrote before it ended is looked through for the reason. */
const LAST_WORDS_MAX = 8192;

/** One agent as its parent sees it. */
export class AgentProcess {
  /** `agent 2 of 3` */
  readonly name: string;
  /** Resolves when it has finished its share, or has ended without that. */
  readonly ended: Promise<void>;
  phase: RunPhase = 'preparing';
  /** The last that it told; the whole account once it has finished. */
  snapshot: RunSnapshot | undefined;
  /** Why it did not finish its share. */
  failure: string | undefined;
  readonly #child: ChildProcess;
  readonly #onNews: () => void;
  #finished = false;
  #refusal: IotctlError | undefined;
  #lastWords = '';
  #heard = new Map<AgentNews['type'], () => void>();

  constructor(agent: number, agents: number, onNews: () => void) {
    this.name = `agent ${agent + 1} of ${agents}`;
    this.#onNews = onNews;
    this.#child = fork(programFile('sim/agents/agent.js'), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_MAX);
    });
    this.#child.on('message', (news: AgentNews) => this.#hear(news));
    this.ended = this.#followEnd();
  }

  /** What it sent is read until it disconnects, which may be after it has ended. */
  async #followEnd(): Promise<void> {
    try {
      const [[code, signal]] = await Promise.all([
        once(this.#child, 'close'),
        once(this.#child, 'disconnect'),
      ]);
      this.#end(this.#reason(code, signal));
    } catch (error) {
      // It could not be started.
      this.#end((error as Error).message);
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Rejects with what is wrong with the plan. */
  async prepare(share: RunPlan): Promise<void> {
    await this.#until('ready');
    this.order({type: 'prepare', share});
    await this.#until('prepared');
    if (this.failure !== undefined) throw this.#refusal ?? new Error(`${this.name} ${this.failure}`);
  }

  /** Resolves when its clients are connected, and also when it has ended. */
  async connect(atMs: number): Promise<void> {
    this.order({type: 'connect', atMs});
    await this.#until('settled');
  }

  /** Nothing happens when it has ended. */
  order(order: AgentOrder): void {
    if (this.#child.connected) this.#child.send(order, () => undefined);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Resolves at this news, or at the end. */
  #until(type: AgentNews['type']): Promise<void> {
    return Promise.race([new Promise<void>(resolve => this.#heard.set(type, resolve)), this.ended]);
  }

  #hear(news: AgentNews): void {
    if (news.type === 'snapshot' || news.type === 'done') this.snapshot = news.snapshot;
    if (news.type === 'snapshot') this.phase = news.phase;
    if (news.type === 'done') {
      this.#finished = true;
      this.phase = 'ended';
    }
    if (news.type === 'failed') {
      this.failure = `failed: ${news.message}`;
      if (news.code !== undefined) this.#refusal = new IotctlError(news.code, news.message);
    }
    this.#heard.get(news.type)?.();
    this.#onNews();
  }

  #end(reason: string): void {
    this.phase = 'ended';
    if (!this.#finished) this.failure ??= reason;
    this.#onNews();
  }

  #reason(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    const words = this.#lastWords
      .split('\n')
      .find(line => /error/i.test(line))
      ?.trim();
    return words === undefined ? how : `${how}: ${words}`;
  }
}
