import type {ConsumerView} from '../../client/consumer-api.js';
import {type ConsumerTarget, type DeadLetter, type ShownState, shownStateOf} from '../../domain/consumer.js';
import {bytesText} from '../bytes.js';
import {time, toned} from '../cell.js';
import {durationText} from '../duration-text.js';
import type {Columns} from '../output.js';

/** Where to, in few words. */
function placeOf(target: ConsumerTarget): string {
  switch (target.kind) {
    case 'webhook':
      return target.url;
    case 'mqtt':
      return `${target.url} ${target.topic}`;
    case 'exec':
      return target.command;
    case 'file':
      return `files of ${bytesText(target.rotateBytes)} or ${durationText(target.rotateMs)}`;
  }
}

const TONES: Readonly<Record<ShownState, 'good' | 'warning' | 'bad'>> = {
  running: 'good',
  paused: 'warning',
  failing: 'bad',
};

const stateOf = (consumer: ConsumerView) => {
  const state = shownStateOf(consumer);
  return toned(state, TONES[state]);
};

export const CONSUMER_COLUMNS = {
  name: consumer => consumer.name,
  kind: consumer => consumer.target.kind,
  to: consumer => placeOf(consumer.target),
  state: stateOf,
  lag: consumer => consumer.lag,
  deadLetters: consumer => consumer.deadLetters,
  movedAt: consumer => time(consumer.movedAt),
  problem: consumer => consumer.problem,
} satisfies Columns<ConsumerView>;

export const CONSUMER_DETAILS = {
  ...CONSUMER_COLUMNS,
  problemSince: consumer => time(consumer.problemSince),
  offset: consumer => consumer.offset,
  filter: ({filter}) =>
    Object.entries(filter)
      .map(([name, value]) => `${name}: ${value}`)
      .join('; '),
  attempts: ({pace}) => pace.attempts,
  timeout: ({pace}) => durationText(pace.timeoutMs),
  jobs: ({pace}) => pace.atOnce,
  gapAt: consumer => time(consumer.gapAt),
  createdAt: consumer => time(consumer.createdAt),
  createdBy: consumer => consumer.createdBy,
} satisfies Columns<ConsumerView>;

export const DEAD_LETTER_COLUMNS: Columns<DeadLetter> = {
  offset: letter => letter.offset,
  device: letter => letter.device,
  type: letter => letter.type,
  attempts: letter => letter.attempts,
  failedAt: letter => time(letter.failedAt),
  replaying: letter => letter.replaying,
  reason: letter => letter.reason,
};
