/**
 * Starts a command with events on its input, one CloudEvent a line. It answers by how it ends: 0 is that it has all of them, 75
 * (EX_TEMPFAIL of sysexits.h) that it takes none just now, anything else that it does not want them.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir} from 'node:fs/promises';
import {killGroup} from '../delivery/process-group.js';
import {cloudEventJson} from '../domain/cloud-event.js';
import type {StoredEvent} from '../domain/event.js';
import type {Failure, Sink} from './sink.js';

export interface ExecOptions {
  /** Read by a shell. */
  readonly command: string;
  /** Where it is started. */
  readonly folder: string;
  readonly tenant: string;
  readonly consumer: string;
  readonly timeoutMs: number;
}

const BATCH_MAX = 100;
const EX_TEMPFAIL = 75;

/** So much of what it says on stderr is told. */
const REASON_CHARACTERS = 200;

export class ExecSink implements Sink {
  readonly batchMax = BATCH_MAX;
  readonly atOnceMax = 16;
  readonly #options: ExecOptions;

  constructor(options: ExecOptions) {
    this.#options = options;
  }

  async deliver(events: readonly StoredEvent[], signal: AbortSignal): Promise<Failure | undefined> {
    const {timeoutMs} = this.#options;
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      await mkdir(this.#options.folder, {recursive: true});
      const child = this.#start();
      const stop = (): void => killGroup(child);
      const either = AbortSignal.any([signal, limit]);
      if (either.aborted) stop();
      either.addEventListener('abort', stop, {once: true});
      const told = lastOf(child);
      child.stdin!.on('error', () => undefined);
      child.stdin!.end(events.map(event => `${cloudEventJson(event)}\n`).join(''));
      const [code] = (await once(child, 'close')) as [number | null];
      either.removeEventListener('abort', stop);
      // What it started and left behind ends with it.
      stop();
      if (code === 0) return undefined;
      if (limit.aborted) return {blame: 'unclear', why: `the command took longer than ${timeoutMs / 1000} s`};
      const ending = code === null ? 'was killed' : `ended with ${code}`;
      const blame = code === EX_TEMPFAIL ? 'away' : code === null ? 'unclear' : 'refused';
      return {blame, why: `the command ${ending}${told() === '' ? '' : `: ${told()}`}`};
    } catch (error) {
      return {blame: 'away', why: `the command cannot be started: ${(error as Error).message}`};
    }
  }

  async close(): Promise<void> {}

  /** In a group of its own, and with nothing of the platform's own environment but where programs are. */
  #start(): ChildProcess {
    const {command, folder, tenant, consumer} = this.#options;
    const {PATH, HOME, LANG, TZ} = process.env;
    return spawn('/bin/sh', ['-c', command], {
      cwd: folder,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: {PATH, HOME, LANG, TZ, IOTCTL_TENANT: tenant, IOTCTL_CONSUMER: consumer},
    });
  }
}

/** The end of what it says on stderr, in one line. */
function lastOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    text = `${text}${chunk}`.slice(-REASON_CHARACTERS);
  });
  return () => text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}
