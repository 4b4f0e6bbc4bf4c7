/** What happened to a device, as the event stream tells it: everything but its telemetry. */
import type {ApiClient} from '../client/api-client.js';
import type {CloudEvent} from '../domain/cloud-event.js';
import {ifAllowed} from './if-allowed.js';

/** Types of events that are about the device, not about what it measures. */
export const STORY_TYPES =
  'device.*,connection.*,command.*,twin.*,event.*,publish.*,message.*,status,tamper,undecodable';

/** The newest `count`, oldest first; null for a caller who may not read events. */
export async function recentStory(
  api: ApiClient,
  device: string,
  count: number,
): Promise<CloudEvent[] | null> {
  return await ifAllowed(
    (async () => {
      const events: CloudEvent[] = [];
      for await (const event of api.tail({device, type: STORY_TYPES, last: count, follow: false}))
        events.push(event);
      return events;
    })(),
  );
}

/** `disabled, from enabled: stolen (user:ann)`, in words where they are known, else as JSON. */
export function storyText({type, data}: CloudEvent): string {
  const told = (data ?? {}) as Readonly<Record<string, unknown>>;
  const {axis, from, to, reason, by, remote, fields, name, state, detail, version, patch} = told;
  if (type === 'device.state_changed')
    return `${text(axis)}: ${text(from)} → ${text(to)}${because(reason)} (${text(by)})`;
  if (type === 'device.connected') return `from ${text(remote)}`;
  if (type === 'device.disconnected') return text(reason);
  if (type === 'device.updated') return `${(fields as string[]).join(', ')} (${text(by)})`;
  if (type === 'device.created') return `by ${text(by)}`;
  if (type === 'twin.desired_changed') return `version ${text(version)}: ${text(patch)} (${text(by)})`;
  if (type === 'twin.refused') return text(reason);
  if (type.startsWith('command.') && name !== undefined)
    return `${text(name)} ${text(state)}${because(detail)}`;
  return data === undefined ? '' : JSON.stringify(data);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

const because = (reason: unknown): string => (typeof reason === 'string' ? `: ${reason}` : '');
