/** Topics of a consumer on another broker: `fleet/{{device}}/{{type}}`. */
import {IotctlError} from './errors.js';
import type {NewEvent} from './event.js';

const NAMES = ['tenant', 'device', 'type', 'component'] as const;
type Name = (typeof NAMES)[number];

const PLACEHOLDER = /\{\{\s*(\w*)\s*\}\}/g;
const isName = (text: string): text is Name => (NAMES as readonly string[]).includes(text);

/** MQTT 5, 4.7.3: a topic name has 1 to 65,535 bytes; what the placeholders stand for has at most some hundred. */
const CHARACTERS_MAX = 1024;

/** Throws `IOT_REQUEST_INVALID`. */
export function checkTopicTemplate(text: string): void {
  const unknown = [...text.matchAll(PLACEHOLDER)].map(match => match[1] ?? '').find(name => !isName(name));
  const rest = text.replaceAll(PLACEHOLDER, '');
  const why =
    unknown !== undefined
      ? `{{${unknown}}} is none of ${NAMES.map(name => `{{${name}}}`).join(', ')}`
      : text === '' || text.length > CHARACTERS_MAX
        ? `it has 1 to ${CHARACTERS_MAX} characters`
        : /[+#\0]|\{\{|\}\}/.test(rest)
          ? 'it may not hold +, # or a {{ that is alone'
          : text.startsWith('$')
            ? 'those that begin with $ are the broker’s own'
            : undefined;
  if (why !== undefined)
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `not a topic to publish to: ${JSON.stringify(text)}: ${why}`,
    );
}

/** An event of the tenant as a whole has `platform` for its device, one without a component `-`. */
export function topicOf(template: string, {tenant, device, type, component}: NewEvent): string {
  const values = {tenant, device: device || 'platform', type, component: component || '-'};
  return template.replaceAll(PLACEHOLDER, (_, name: Name) => values[name]);
}
