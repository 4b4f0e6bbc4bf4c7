/** From flags to what publishers send. */
import {fileURLToPath} from 'node:url';
import {IotctlError} from '../../domain/errors.js';
import type {ModelSpec} from '../../domain/model.js';
import {packageFile} from '../../domain/package-files.js';
import type {PayloadSpec} from '../../sim/load/payload.js';
import type {PlannedPublishers} from '../../sim/load/plan.js';
import {readInput} from '../lines-in.js';
import {sizeOf} from './load-input.js';
import {type BrokerFlagValues, mustBe5} from './plan-input.js';

export interface MessageFlagValues extends Pick<BrokerFlagValues, 'protocol-version'> {
  readonly payload?: string | undefined;
  readonly file?: string | undefined;
  readonly model?: string | undefined;
  readonly seed: number;
  readonly 'user-property'?: readonly string[] | undefined;
  readonly 'message-expiry'?: number | undefined;
  readonly 'content-type'?: string | undefined;
  readonly 'response-topic'?: string | undefined;
  readonly 'payload-format'?: 'bytes' | 'utf8' | undefined;
}

/** `otherwise` where the flags say nothing. Throws `IOT_USAGE` and `IOT_INPUT_INVALID`. */
export async function payloadOf(
  {payload, file, model, seed}: MessageFlagValues,
  otherwise: PayloadSpec,
): Promise<PayloadSpec> {
  if (model !== undefined) return {kind: 'model', model: await modelOf(model), seed: String(seed)};
  if (file !== undefined) return {kind: 'file', base64: (await readInput(file)).toString('base64')};
  if (payload === undefined) return otherwise;
  const bytes = sizeOf(payload);
  if (bytes !== undefined) return {kind: 'size', bytes};
  if (!payload.startsWith('@')) return {kind: 'template', text: payload, from: '--payload'};
  const path = payload.slice(1);
  return {kind: 'template', text: (await readInput(path)).toString('utf8'), from: path};
}

async function modelOf(name: string): Promise<ModelSpec> {
  const {readModelFile} = await import('../../client/model-file.js');
  const isFile = /[/\\.]/.test(name);
  const path = isFile ? name : fileURLToPath(packageFile(`templates/models/${name}.yaml`));
  const found = await readModelFile(path).catch((error: Error) => {
    if (isFile) throw error;
    throw new IotctlError(
      'IOT_USAGE',
      `--model ${JSON.stringify(name)}: no model of that name comes with iotctl, and it is no file`,
      {cause: error},
    );
  });
  return found[0] as ModelSpec;
}

/** Throws `IOT_USAGE` for a user property that is none, and for what only MQTT 5 has. */
export function propertiesOf(flags: MessageFlagValues): PlannedPublishers['properties'] {
  const {
    'user-property': user = [],
    'message-expiry': expiryMs,
    'content-type': contentType,
    'response-topic': responseTopic,
    'payload-format': format,
  } = flags;
  mustBe5(flags, {
    'user-property': flags['user-property'],
    'message-expiry': expiryMs,
    'content-type': contentType,
    'response-topic': responseTopic,
    'payload-format': format,
  });
  const properties = {
    ...(expiryMs === undefined ? {} : {messageExpiryInterval: Math.ceil(expiryMs / 1000)}),
    ...(format === undefined ? {} : {payloadFormatIndicator: format === 'utf8'}),
    ...(contentType === undefined ? {} : {contentType}),
    ...(responseTopic === undefined ? {} : {responseTopic}),
    ...(user.length === 0 ? {} : {userProperties: userProperties(user)}),
  };
  return Object.keys(properties).length === 0 ? undefined : properties;
}

/** A name may come several times (MQTT 5, 3.3.2.3.7). */
function userProperties(texts: readonly string[]): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of texts.map(pairOf)) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new IotctlError('IOT_USAGE', `--user-property ${JSON.stringify(text)}: expected NAME=VALUE`);
}
