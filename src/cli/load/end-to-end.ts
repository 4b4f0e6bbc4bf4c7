/** Who subscribes to whose messages. */
import {IotctlError} from '../../domain/errors.js';
import {mustHaveStamps} from '../../sim/load/payload.js';
import type {LoadPlan, PlannedPublishers} from '../../sim/load/plan.js';
import {TopicTemplate} from '../../sim/load/topic-template.js';

export const PATTERNS = ['p2p', 'fan-in', 'fan-out', 'shared'] as const;
export type Pattern = (typeof PATTERNS)[number];

export interface EndToEnd extends Omit<LoadPlan, 'idle' | 'publish' | 'subscribe'> {
  readonly pattern: Pattern;
  readonly group: string;
  readonly subscribers: number;
  readonly publish: PlannedPublishers;
}

/** Throws `IOT_USAGE` for what could not be accounted for: messages without a mark, topics without an order. */
export function endToEnd({pattern, group, subscribers, publish, ...common}: EndToEnd): LoadPlan {
  mustHaveStamps(publish.payload, common.protocolVersion);
  const topic = new TopicTemplate(publish.topic);
  if (topic.changes)
    throw new IotctlError(
      'IOT_USAGE',
      `--topic ${publish.topic}: {seq} makes a topic of each message, and between topics MQTT keeps no order`,
    );
  if (publish.clients > 1 && !topic.differs)
    throw new IotctlError(
      'IOT_USAGE',
      `--topic ${publish.topic}: each of ${publish.clients} publishers needs a topic of its own; write {i} or {client} into it`,
    );
  const isOwn = pattern === 'p2p' || pattern === 'fan-in';
  if (isOwn && subscribers > publish.clients)
    throw new IotctlError(
      'IOT_USAGE',
      `${subscribers} subscribers, and only ${publish.clients} publishers: with --pattern ${pattern} nothing would come to some`,
    );
  const filter = topic.filter(common.run);
  return {
    ...common,
    idle: 0,
    publish,
    subscribe: {
      clients: subscribers,
      qos: publish.qos,
      filters: [pattern === 'shared' ? `$share/${group}/${filter}` : filter],
      share: isOwn ? 'own' : pattern === 'fan-out' ? 'all' : 'shared',
      count: null,
    },
  };
}
