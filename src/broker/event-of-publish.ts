/** Turns what a device published, on a topic that it may use, into the event that is kept. */
import type {NewEvent} from '../domain/event.js';
import {type Decoded, decodeTelemetry, parseJson} from '../domain/telemetry.js';
import type {UpTopic} from '../domain/topic.js';
import type {ModelCheck} from './model-checks.js';

export interface Sender {
  readonly tenant: string;
  readonly device: string;
  /** The field gateway that carried it. */
  readonly via?: string | undefined;
  /** Of the device that speaks for itself: its twin is no other's of the same name. */
  readonly generation?: string | undefined;
  /** What its telemetry and its reported properties are held against. */
  readonly model?: ModelCheck | undefined;
}

/** What is kept of what devices say: to ask for something is not to say anything. */
export type StoredTopic = Exclude<UpTopic, {kind: 'twin-get'}>;

/** Payloads that cannot be decoded are kept as type `undecodable`, with the raw bytes and the reason. */
export function eventOfPublish(
  sender: Sender,
  topic: StoredTopic,
  payload: Uint8Array,
  recordedMs: number,
): NewEvent {
  const component = topic.kind === 'telemetry' ? topic.component : '';
  const told = topic.kind === 'telemetry' ? decodeTelemetry(payload) : decodeJson(payload);
  const {tenant, device} = sender;
  const attributes = attributesOf(topic, sender);
  if (!told.ok) {
    return {
      tenant,
      device,
      type: 'undecodable',
      component,
      timeMs: undefined,
      recordedMs,
      contentType: 'application/octet-stream',
      payload,
      attributes: {...attributes, intended: typeOf(topic), reason: told.reason},
    };
  }
  return {
    tenant,
    device,
    type: typeOf(topic),
    component,
    timeMs: told.timeMs,
    recordedMs,
    contentType: 'application/json',
    payload,
    attributes: sender.model ? withModel(sender.model, topic, told, {attributes, recordedMs}) : attributes,
  };
}

/** Telemetry and reported properties carry their schema; what breaks it is marked, and kept. */
function withModel(
  model: ModelCheck,
  topic: StoredTopic,
  told: {readonly body?: unknown},
  {attributes, recordedMs}: {attributes: Record<string, string> | undefined; recordedMs: number},
): Record<string, string> | undefined {
  if (topic.kind !== 'telemetry' && topic.kind !== 'twin') return attributes;
  const faults =
    topic.kind === 'twin'
      ? model.propertyFaultsOf(told.body, recordedMs)
      : model.faultsOf(topic.component, told.body, recordedMs);
  return {
    ...attributes,
    dataschema: model.dataSchema,
    ...(faults.length > 0 ? {modelfault: faults.join(',')} : {}),
  };
}

function decodeJson(payload: Uint8Array): Decoded {
  const parsed = parseJson(payload);
  return parsed.ok ? {ok: true, timeMs: undefined, body: parsed.value} : parsed;
}

function typeOf(topic: StoredTopic): string {
  switch (topic.kind) {
    case 'telemetry':
      return 'telemetry';
    case 'event':
      return `event.${topic.type}`;
    case 'command':
      return `command.${topic.stage}`;
    case 'status':
    case 'heartbeat':
    case 'tamper':
      return topic.kind;
    case 'twin':
      return 'twin.reported';
  }
}

function attributesOf(topic: StoredTopic, {via, generation}: Sender): Record<string, string> | undefined {
  const carried = via === undefined ? undefined : {via};
  if (topic.kind === 'event') return {severity: topic.severity, ...carried};
  if (topic.kind === 'command') return {causationid: topic.id, ...carried};
  if (topic.kind === 'twin' && generation !== undefined) return {generation, ...carried};
  return carried;
}
