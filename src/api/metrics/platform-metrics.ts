/** What the parts of the platform are doing, as Prometheus has it: counters that only grow, base units, one name a thing. */
import type {PlatformStatus} from '../../domain/status.js';
import {type Family, flag, type Samples} from './family.js';

const SECOND_MS = 1000;

const one =
  (value: (status: PlatformStatus) => number) =>
  (status: PlatformStatus): Samples => [[{}, value(status)]];

export const PLATFORM_FAMILIES: Readonly<Record<string, Family<PlatformStatus>>> = {
  iotctl_build_info: {
    type: 'gauge',
    help: 'Which iotctl this is.',
    labels: ['version'],
    samples: ({version}) => [[{version}, 1]],
  },
  iotctl_degraded: {
    type: 'gauge',
    help: '1 while something is wrong that `iotctl status` names.',
    samples: one(({state}) => flag(state === 'degraded')),
  },
  iotctl_part_start_time_seconds: {
    type: 'gauge',
    help: 'When a part was last started, in Unix seconds.',
    labels: ['part'],
    samples: ({gateway, store, consumers}) => [
      [{part: 'gateway'}, Date.parse(gateway.startedAt) / SECOND_MS],
      [{part: 'store'}, Date.parse(store.startedAt) / SECOND_MS],
      ...(consumers.startedAt === null
        ? []
        : ([[{part: 'consumers'}, Date.parse(consumers.startedAt) / SECOND_MS]] as const)),
    ],
  },
  iotctl_part_restarts_total: {
    type: 'counter',
    help: 'How often a part was started again after a fault.',
    labels: ['part'],
    samples: ({gateway, store, consumers}) => [
      [{part: 'gateway'}, gateway.restarts],
      [{part: 'store'}, store.restarts],
      [{part: 'consumers'}, consumers.restarts],
    ],
  },
  iotctl_part_blocked: {
    type: 'gauge',
    help: '1 while a part cannot go on, such as for a full disk: the gateway then acknowledges nothing.',
    labels: ['part'],
    samples: ({gateway, store}) => [
      [{part: 'gateway'}, flag(gateway.blockedBy !== null)],
      [{part: 'store'}, flag(store.state === 'blocked')],
    ],
  },
  iotctl_event_loop_delay_max_seconds: {
    type: 'gauge',
    help: 'The longest time that a thread was blocked since somebody last asked.',
    labels: ['thread'],
    samples: ({loopDelayMsMax, gateway}) => [
      [{thread: 'main'}, loopDelayMsMax / SECOND_MS],
      [{thread: 'gateway'}, gateway.loopDelayMsMax / SECOND_MS],
    ],
  },
  iotctl_gateway_connections: {
    type: 'gauge',
    help: 'MQTT connections that are open.',
    samples: one(({gateway}) => gateway.connections),
  },
  iotctl_gateway_events_total: {
    type: 'counter',
    help: 'Events that the gateway has put into the event stream since it was started.',
    samples: one(({gateway}) => gateway.eventsTotal),
  },
  iotctl_gateway_refused_total: {
    type: 'counter',
    help: 'Connections and messages that the gateway has refused since it was started.',
    samples: one(({gateway}) => gateway.refusedTotal),
  },
  iotctl_gateway_dropped_total: {
    type: 'counter',
    help: 'Messages to subscribers that the gateway has dropped since it was started.',
    samples: one(({gateway}) => gateway.droppedTotal),
  },
  iotctl_stream_head_offset: {
    type: 'gauge',
    help: 'The offset that the next event gets.',
    samples: one(({stream}) => stream.head),
  },
  iotctl_stream_first_offset: {
    type: 'gauge',
    help: 'The oldest offset that the event stream still holds.',
    samples: one(({stream}) => stream.first),
  },
  iotctl_stream_bytes: {
    type: 'gauge',
    help: 'The event stream on disk.',
    samples: one(({stream}) => stream.bytes),
  },
  iotctl_stream_cursor_lag_events: {
    type: 'gauge',
    help: 'Events that a part of the platform has not read yet.',
    labels: ['cursor'],
    samples: ({stream}) => stream.cursors.map(({name, lag}) => [{cursor: name}, lag]),
  },
  iotctl_store_lag_events: {
    type: 'gauge',
    help: 'Events of the stream that are not in the store yet.',
    samples: one(({store}) => store.lag),
  },
  iotctl_store_rows: {
    type: 'gauge',
    help: 'Events in the store.',
    samples: one(({store}) => store.rowsTotal),
  },
  iotctl_store_readings_in_memory: {
    type: 'gauge',
    help: 'Readings in memory, which can be asked without DuckDB.',
    samples: one(({store}) => store.readingsInMemory),
  },
  iotctl_store_queries: {
    type: 'gauge',
    help: 'Questions that the store works at now, and those that wait for their turn.',
    labels: ['state'],
    samples: ({store: {queries}}) => [
      [{state: 'running'}, queries.running],
      [{state: 'waiting'}, queries.waiting],
    ],
  },
  iotctl_store_streams: {
    type: 'gauge',
    help: 'Answers that leave as streams, until their readers have all of them or have gone.',
    samples: one(({store}) => store.queries.streams),
  },
  iotctl_devices: {
    type: 'gauge',
    help: 'Devices in the registry, of all tenants.',
    samples: one(({registry}) => registry.devices),
  },
  iotctl_devices_online: {
    type: 'gauge',
    help: 'Devices that are connected.',
    samples: one(({registry}) => registry.online),
  },
  iotctl_disk_free_bytes: {
    type: 'gauge',
    help: 'What is free where the data folder is.',
    samples: one(({disk}) => disk.freeBytes),
  },
  iotctl_disk_used_bytes: {
    type: 'gauge',
    help: 'The data folder.',
    samples: one(({disk}) => disk.usedBytes),
  },
};
