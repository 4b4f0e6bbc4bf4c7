/** A load test as plain JSON: with the same plan, each process runs its share of it. */

import type {QoS} from '../../client/mqtt-connect.js';
import type {Trust} from '../../client/trust.js';
import type {BrokerTarget} from '../wire/broker-target.js';
import type {ConnectProperties, Will} from '../wire/mqtt-client-options.js';
import type {PublishProperties} from '../wire/publish-properties.js';
import type {IdentityTemplates, ListedIdentity} from './identity.js';
import type {PayloadSpec} from './payload.js';
import type {RateStage} from './rate-curve.js';

export interface LoadPlan {
  /** In topics, client ids and stamps: messages of another run are foreign. */
  readonly run: string;
  /** Of `agents` processes this one runs every client whose index is `agent`, `agent + agents`, … */
  readonly slice: {readonly agent: number; readonly agents: number};
  readonly brokers: readonly PlannedBroker[];
  /** A client's certificate and key, in PEM, unless its own identity has one. */
  readonly certificate?: {readonly cert: string; readonly key: string} | undefined;
  readonly protocolVersion: 4 | 5;
  /** Clients connect from one after the other; the system chooses where there are none. */
  readonly sources: readonly string[];
  /** The number of the first client. */
  readonly start: number;
  readonly identity: IdentityTemplates;
  /** By index: publishers come first, then subscribers, then those that only connect. Templates fill in what is missing. */
  readonly listed: Readonly<Record<number, ListedIdentity>>;
  readonly session: PlannedSession;
  readonly connect: PlannedConnects;
  /** Clients that only hold a connection. */
  readonly idle: number;
  readonly publish: PlannedPublishers | null;
  readonly subscribe: PlannedSubscribers | null;
  /** From when all are connected; null for as long as there is something to send, or until it is stopped. */
  readonly durationMs: number | null;
  /** After the last message, so long what is on its way is waited for. */
  readonly drainMs: number;
  /** A message that comes so long after it was due is late. */
  readonly lateAfterMs: number;
  readonly seed: number;
  /** The rate is sought, beginning with the one that is planned. */
  readonly search?: PlannedSearch | undefined;
}

export interface PlannedSearch {
  /** Each rate is measured for so long. */
  readonly stepMs: number;
  /** It is over when the lowest rate that does not hold is not further above the highest that does than this share of it. */
  readonly precision: number;
}

export interface PlannedBroker {
  readonly target: BrokerTarget;
  readonly trust?: Trust | undefined;
}

export interface PlannedSession {
  readonly cleanStart: boolean;
  readonly keepAliveSec: number;
  readonly connectProperties?: ConnectProperties | undefined;
  readonly will?: Will | undefined;
}

export interface PlannedConnects {
  /** Connections opened per second, of all processes together. */
  readonly ratePerSec: number;
  readonly timeoutMs: number;
  /** Null: who loses its connection does not come back. */
  readonly reconnect: {readonly minMs: number; readonly maxMs: number} | null;
}

export interface PlannedPublishers {
  readonly clients: number;
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Messages that one has sent without an acknowledgement, at most. */
  readonly inflight: number;
  readonly payload: PayloadSpec;
  /** Only with MQTT 5. */
  readonly properties?: Omit<PublishProperties, 'correlationData'> | undefined;
  /** Null: as fast as the broker takes them. */
  readonly rate: {readonly startPerSec: number; readonly stages: readonly RateStage[]} | null;
  readonly jitterMs: number;
  /** Messages in all; null without a limit. */
  readonly count: number | null;
}

export interface PlannedSubscribers {
  readonly clients: number;
  readonly qos: QoS;
  /** Filters of each; for `own` they follow from the publishers' topics. */
  readonly filters: readonly string[];
  /**
   * Who should get what: `own` gets what every n-th publisher sends, `all` everything, `shared` its part of everything; `any` whatever
   * comes, of publishers that are not part of the run.
   */
  readonly share: 'own' | 'all' | 'shared' | 'any';
  /** Messages in all; null without a limit. */
  readonly count: number | null;
}

export const clientsOf = ({idle, publish, subscribe}: LoadPlan): number =>
  idle + (publish?.clients ?? 0) + (subscribe?.clients ?? 0);

/** The share of one of several processes. */
export const sliceOf = (plan: LoadPlan, agent: number, agents: number): LoadPlan => ({
  ...plan,
  slice: {agent, agents},
});

/** How many messages subscribers should get in all, when publishers sent so many; Infinity when nobody knows. */
export function expectedOf({subscribe}: LoadPlan, sent: number): number {
  if (subscribe === null) return 0;
  if (subscribe.share === 'any') return Infinity;
  return subscribe.share === 'all' ? sent * subscribe.clients : sent;
}
