/** Makes what a consumer's events go to. */
import {ExecSink} from './exec-sink.js';
import {consumerFolder} from './file-names.js';
import {FileSink} from './file-sink.js';
import {MqttSink} from './mqtt-sink.js';
import type {ConsumerSpec} from './ports.js';
import {Refusal} from './refusal.js';
import type {Sink} from './sink.js';
import {WebhookSink} from './webhook-sink.js';

export interface SinkSurroundings {
  /** Where consumers write files: each into a folder of its own, in that of its tenant. */
  readonly filesFolder: string;
  /** Has a tenant used up its quota of storage? */
  readonly isFull: (tenant: string) => boolean;
  /** May commands be started? What was made when they might is there all the same. */
  readonly allowExec: boolean;
}

export function openSink(spec: ConsumerSpec, {filesFolder, allowExec, isFull}: SinkSurroundings): Sink {
  const {tenant, name, target, secret} = spec;
  const {timeoutMs} = spec.pace;
  const folder = consumerFolder(filesFolder, spec);
  switch (target.kind) {
    case 'webhook': {
      const {mode, allowPrivate} = target;
      const {url = target.url, signingSecret = '', authorization} = secret;
      return new WebhookSink({
        url: new URL(url),
        mode,
        allowPrivate,
        signingSecret,
        authorization,
        timeoutMs,
      });
    }
    case 'mqtt': {
      const {topic, allowPrivate} = target;
      const {url = target.url, password, caPem} = secret;
      const username = target.username ?? undefined;
      const clientId = `iotctl-${tenant}-${name}`;
      return new MqttSink({
        url: new URL(url),
        topic,
        clientId,
        username,
        password,
        caPem,
        allowPrivate,
        timeoutMs,
      });
    }
    case 'file':
      return new FileSink({
        folder,
        rotateBytes: target.rotateBytes,
        rotateMs: target.rotateMs,
        isFull: () => isFull(tenant),
      });
    case 'exec':
      if (!allowExec)
        return new Refusal('this platform starts no commands for consumers: see `up --allow-exec`');
      return new ExecSink({command: target.command, folder, tenant, consumer: name, timeoutMs});
  }
}
