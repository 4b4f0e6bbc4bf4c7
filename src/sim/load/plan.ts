/** A load test as plain JSON: with the same plan, each process runs its share of it. */

import type {QoS} from '../../client/mqtt-connect.js';
import type {Trust} from '../../client/trust.js';
import type {BrokerTarget} from '../wire/broker-target.js';
import type {ClientCertificate} from '../wire/endpoint.js';
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
  readonly certificate?: ClientCertificate | undefined;
  readonly protocolVersion: 4 | 5;
  /** Clients connect from one after the other; the system chooses where there are none. */
  readonly sources: readonly string[];
  /** The number of the first client. */
  readonly start: number;
  readonly identity: IdentityTemplates;
  /** By index: publishers come first, then subscribers, then those that only connect; or devices, then requesters. Templates fill in what is missing. */
  readonly listed: Readonly<Record<number, ListedIdentity>>;
  readonly session: PlannedSession;
  readonly connect: PlannedConnects;
  /** Clients that only hold a connection. */
  readonly idle: number;
  readonly publish: PlannedPublishers | null;
  readonly subscribe: PlannedSubscribers | null;
  /** Round trips instead of messages. */
  readonly command?: PlannedCommands | undefined;
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

/** What a schedule needs to know. */
export interface PlannedLoad {
  /** Those who send. */
  readonly clients: number;
  /** Null: as fast as it is taken. */
  readonly rate: {readonly startPerSec: number; readonly stages: readonly RateStage[]} | null;
  readonly jitterMs: number;
  /** Messages or commands in all; null without a limit. */
  readonly count: number | null;
}

export interface PlannedPublishers extends PlannedLoad {
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Messages that one has sent without an acknowledgement, at most. */
  readonly inflight: number;
  readonly payload: PayloadSpec;
  /** Only with MQTT 5. */
  readonly properties?: Omit<PublishProperties, 'correlationData'> | undefined;
}

/** `clients` are requesters; without a platform each is a client of the broker. */
export interface PlannedCommands extends PlannedLoad {
  readonly devices: number;
  /** Open commands of one requester, at most. */
  readonly inflight: number;
  readonly timeoutMs: number;
  readonly qos: QoS;
  /** Where commands go to; on a platform the filter by which its devices get them. */
  readonly topic: string;
  /** Of commands over topics. */
  readonly payloadBytes: number;
  /** Whose API sends them; null: they go over topics. */
  readonly platform: {readonly address: PlatformAddress; readonly command: PlatformCommand} | null;
}

interface PlatformAddress {
  readonly url: string;
  readonly token: string;
  readonly trust?: Trust | undefined;
}

export interface PlatformCommand {
  readonly name: string;
  readonly data?: unknown;
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

export const clientsOf = ({idle, publish, subscribe, command}: LoadPlan): number =>
  idle + (publish?.clients ?? 0) + (subscribe?.clients ?? 0) + commandClientsOf(command);

const commandClientsOf = (command: PlannedCommands | undefined): number =>
  command === undefined ? 0 : command.devices + (command.platform === null ? command.clients : 0);

/** Of `count` clients of a kind, the indices of those of this process. */
export function* ownOf({slice: {agent, agents}}: LoadPlan, count: number): Generator<number> {
  for (let index = agent; index < count; index += agents) yield index;
}

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
