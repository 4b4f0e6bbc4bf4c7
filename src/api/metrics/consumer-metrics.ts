/** What becomes of the events that consumers are sent: the one thing that is told for each tenant. */
import {SHOWN_STATES} from '../../domain/consumer.js';
import type {ConsumerStatus} from '../../domain/status.js';
import {type Family, flag} from './family.js';

const LABELS = ['tenant', 'consumer'];

const labelsOf = ({tenant, name}: ConsumerStatus) => ({tenant, consumer: name});

const each = (value: (consumer: ConsumerStatus) => number) => (consumers: readonly ConsumerStatus[]) =>
  consumers.map(consumer => [labelsOf(consumer), value(consumer)] as const);

export const CONSUMER_FAMILIES: Readonly<Record<string, Family<readonly ConsumerStatus[]>>> = {
  iotctl_consumer_state: {
    type: 'gauge',
    help: '1 for the state that a consumer is in.',
    labels: [...LABELS, 'state'],
    samples: consumers =>
      consumers.flatMap(consumer =>
        SHOWN_STATES.map(state => [{...labelsOf(consumer), state}, flag(consumer.state === state)] as const),
      ),
  },
  iotctl_consumer_lag_events: {
    type: 'gauge',
    help: 'Offsets of the stream that a consumer is not done with yet.',
    labels: LABELS,
    samples: each(({lag}) => lag),
  },
  iotctl_consumer_delivered_total: {
    type: 'counter',
    help: 'Events that a receiver has taken since the consumer began to run.',
    labels: LABELS,
    samples: each(({delivered}) => delivered),
  },
  iotctl_consumer_failed_attempts_total: {
    type: 'counter',
    help: 'Deliveries that did not succeed since the consumer began to run.',
    labels: LABELS,
    samples: each(({failedAttempts}) => failedAttempts),
  },
  iotctl_consumer_dead_letters: {
    type: 'gauge',
    help: 'Events that could not be delivered, and wait for somebody to decide.',
    labels: LABELS,
    samples: each(({deadLetters}) => deadLetters),
  },
};
