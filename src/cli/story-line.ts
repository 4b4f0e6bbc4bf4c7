/** One line of a device's story, for eyes. */
import type {CloudEvent} from '../domain/cloud-event.js';
import {storyText} from './device-story.js';
import {onTerminal} from './stdout.js';
import {clip, visible} from './text-width.js';

export function storyLine(event: CloudEvent): string {
  const line = visible(`${event.time}  ${event.type}  ${storyText(event)}`.trimEnd());
  return onTerminal() ? clip(line, process.stdout.columns ?? 80) : line;
}
