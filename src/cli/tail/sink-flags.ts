/** What is done with the events of a tail instead of printing them. */
import * as Flags from '@oclif/core/flags';
import type {Progress} from '../../delivery/progress.js';
import {DELIVERY_MODES, type DeliveryMode} from '../../domain/consumer.js';
import {IotctlError} from '../../domain/errors.js';
import {parseSigningSecret} from '../../domain/webhook-signature.js';
import {readInput} from '../lines-in.js';
import {durationFlag} from '../time-flags.js';
import type {EventSink} from './event-sink.js';

const RETRY_DELAY_MS = 500;
const FORWARD_TIMEOUT_MS = 30_000;
const EXEC_TIMEOUT_MS = 60_000;

export const SINK_FLAGS = {
  exec: Flags.string({
    helpValue: '<command>',
    description:
      "start this for each event, with the event on stdin, its attributes as $CE_TYPE and the like, and '{{device}}' filled in; in the order of each device",
    exclusive: ['forward', 'rate', 'template'],
    helpGroup: 'INSTEAD OF PRINTING',
  }),
  shell: Flags.boolean({
    description: 'let a shell read the command of --exec, without filling in anything',
    dependsOn: ['exec'],
    helpGroup: 'INSTEAD OF PRINTING',
  }),
  forward: Flags.string({
    helpValue: '<url>',
    description: 'send each event there by HTTP POST, as a CloudEvent; in the order of each device',
    exclusive: ['rate', 'template'],
    helpGroup: 'INSTEAD OF PRINTING',
  }),
  mode: Flags.option({
    options: DELIVERY_MODES,
    default: 'structured' as DeliveryMode,
    description: 'how --forward sends events: as JSON, up to 100 in one request, or as headers and data',
    helpGroup: 'INSTEAD OF PRINTING',
  })(),
  'signing-secret-file': Flags.string({
    helpValue: '<file>',
    description:
      'sign what --forward sends with the whsec_ secret in it (Standard Webhooks) [default: not signed]',
    dependsOn: ['forward'],
    helpGroup: 'INSTEAD OF PRINTING',
  }),
  retries: Flags.integer({
    min: 0,
    max: 100,
    default: 5,
    description: 'how often --forward tries again, after 0.5 s, 1 s, … 30 s or as the receiver asks',
    helpGroup: 'INSTEAD OF PRINTING',
  }),
  'allow-private': Flags.boolean({
    description: 'let --forward reach this machine and private networks',
    dependsOn: ['forward'],
    helpGroup: 'INSTEAD OF PRINTING',
  }),
  record: Flags.string({
    helpValue: '<file>',
    description:
      'write each event into this new file, one CloudEvent a line; `sim replay` tells one again whose name ends in .ndjson',
    exclusive: ['exec', 'forward', 'rate', 'template'],
    helpGroup: 'INSTEAD OF PRINTING',
  }),
  timeout: durationFlag({
    description:
      'how long a command or a request may take; then it is ended with all that it started, and has failed [default: 1m for --exec, 30s for --forward]',
    relationships: [{type: 'some', flags: ['exec', 'forward']}],
    helpGroup: 'INSTEAD OF PRINTING',
  }),
  jobs: Flags.integer({
    min: 1,
    max: 64,
    default: 4,
    description: 'how many commands or requests at one time',
    helpGroup: 'INSTEAD OF PRINTING',
  }),
};

export interface SinkChoice {
  readonly exec: string | undefined;
  readonly shell: boolean;
  readonly forward: string | undefined;
  readonly mode: DeliveryMode;
  readonly 'signing-secret-file': string | undefined;
  readonly retries: number;
  readonly 'allow-private': boolean;
  readonly record: string | undefined;
  readonly cursor: string | undefined;
  readonly jobs: number;
  readonly timeout: number | undefined;
}

/** Undefined where events are printed. Throws `IOT_USAGE` and `IOT_INPUT_INVALID`. */
export async function sinkOf(flags: SinkChoice, progress: Progress): Promise<EventSink | undefined> {
  if (flags.record !== undefined) {
    const {RecordSink} = await import('./record-sink.js');
    return await RecordSink.open(flags.record, progress, {goOn: flags.cursor !== undefined});
  }
  if (flags.exec !== undefined) {
    const {ExecSink} = await import('./exec-sink.js');
    const {exec: command, shell, jobs: atOnce, timeout: timeoutMs = EXEC_TIMEOUT_MS} = flags;
    return new ExecSink({command, shell, atOnce, timeoutMs}, progress);
  }
  if (flags.forward === undefined) return undefined;
  const secretFile = flags['signing-secret-file'];
  const {ForwardSink} = await import('./forward-sink.js');
  return new ForwardSink(
    {
      url: urlOf(flags.forward),
      mode: flags.mode,
      key:
        secretFile === undefined
          ? undefined
          : parseSigningSecret((await readInput(secretFile)).toString('latin1').trim()),
      allowPrivate: flags['allow-private'],
      retries: flags.retries,
      retryDelayMs: RETRY_DELAY_MS,
      timeoutMs: flags.timeout ?? FORWARD_TIMEOUT_MS,
      atOnce: flags.jobs,
    },
    progress,
  );
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new IotctlError(
      'IOT_USAGE',
      `not an http:// or https:// address: ${JSON.stringify(text.slice(0, 200))}`,
    );
  return url;
}
