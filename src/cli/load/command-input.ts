/** From flags to the commands of a load test: through a platform's API, or over topics. */
import type {Context} from '../../client/contexts.js';
import {IotctlError} from '../../domain/errors.js';
import {isName} from '../../domain/ids.js';
import type {PlannedCommands, PlatformCommand} from '../../sim/load/plan.js';
import {STAMP_BYTES} from '../../sim/load/stamp.js';
import {TopicTemplate} from '../../sim/load/topic-template.js';
import {apiAddress} from '../platform-access.js';
import {sizeOf} from './load-input.js';

interface CommandFlags {
  readonly topic?: string | undefined;
  readonly payload?: string | undefined;
  readonly command?: string | undefined;
  readonly data?: string | undefined;
}

const TOPIC = 'bench/{run}/{i}/cmd';
const TOPIC_ON_PLATFORM = 'me/cmd/#';
const COMMAND = 'ping';

/** `platform` is its context. Throws `IOT_USAGE` for what only the other way of sending has, and for what is no command. */
export async function commandsOf(
  flags: CommandFlags,
  platform: Context | undefined,
): Promise<Pick<PlannedCommands, 'topic' | 'payloadBytes' | 'platform'>> {
  if (platform === undefined) {
    refuse(flags, ['command', 'data'], 'is for commands of a platform, and this is a plain broker');
    return {topic: topicOf(flags.topic), payloadBytes: bytesOf(flags.payload), platform: null};
  }
  refuse(
    flags,
    ['topic', 'payload'],
    'is for commands over topics, and those of a platform go through its API',
  );
  const {url, token, trust} = apiAddress(platform);
  const address = {url, token: typeof token === 'string' ? token : await token(), trust};
  return {topic: TOPIC_ON_PLATFORM, payloadBytes: 0, platform: {address, command: commandOf(flags)}};
}

function refuse(flags: CommandFlags, names: readonly (keyof CommandFlags)[], why: string): void {
  const given = names.find(name => flags[name] !== undefined);
  if (given !== undefined) throw new IotctlError('IOT_USAGE', `--${given} ${why}`);
}

function topicOf(topic = TOPIC): string {
  const {differs, changes} = new TopicTemplate(topic);
  if (differs && !changes) return topic;
  throw new IotctlError(
    'IOT_USAGE',
    `--topic ${topic}: each device needs one topic of its own; write {i} or {client} into it`,
  );
}

function bytesOf(payload = String(STAMP_BYTES)): number {
  const bytes = sizeOf(payload);
  if (bytes !== undefined && bytes >= STAMP_BYTES) return bytes;
  throw new IotctlError(
    'IOT_USAGE',
    `--payload ${JSON.stringify(payload)}: expected a size of ${STAMP_BYTES} bytes or more, such as 1KB`,
  );
}

function commandOf({command: name = COMMAND, data}: CommandFlags): PlatformCommand {
  if (!isName(name))
    throw new IotctlError('IOT_USAGE', `--command ${JSON.stringify(name)} is no name of a command`);
  if (data === undefined) return {name};
  try {
    return {name, data: JSON.parse(data) as unknown};
  } catch (error) {
    throw new IotctlError('IOT_USAGE', `--data is not JSON: ${(error as Error).message}`, {cause: error});
  }
}
