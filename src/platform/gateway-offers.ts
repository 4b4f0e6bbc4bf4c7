/** What the gateway thread and the main thread offer each other: the whole of what crosses between them. */
import type {LookUpAnswer, LookUpRequest} from '../broker/authenticator.js';
import type {CommandDelivery, GatewayReport, HttpIngest} from '../broker/gateway.js';
import type {NewEvent} from '../domain/event.js';
import type {Retention} from './options.js';
import type {LogNotice} from './thread-log.js';

export type GatewayOffers = {
  /** Appends an event of the platform itself; answers with its offset once it is on disk. */
  append(event: NewEvent): Promise<number>;
  /** Authenticates a device that came by HTTP, and appends what it said. */
  ingest(request: HttpIngest): Promise<number>;
  deliver(delivery: CommandDelivery): 'sent' | 'offline';
  /** Something about this device or application changed; `usable` says whether it may stay connected. */
  identityChanged(change: {tenant: string; name: string; usable: boolean}): void;
  report(nothing: undefined): GatewayReport;
  close(nothing: undefined): Promise<void>;
};

export type OffersToGateway = {
  ready(ports: {mqtt: number; ws: number}): void;
  lookUp(request: LookUpRequest): Promise<LookUpAnswer>;
  /** Everything before `head` is on disk; `notable` are offsets that control and the registry have to read. */
  committed(news: {head: number; notable: readonly number[]}): void;
  /** The device can be sent commands now: it is connected and subscribed to them. */
  commandReady(device: {tenant: string; device: string}): void;
  /** The device's PUBACK for a command arrived. */
  delivered(command: {id: string}): void;
  /** A connection ended before it acknowledged these commands. */
  undelivered(commands: {ids: readonly string[]}): void;
  /** Devices heard of since the last such notice. */
  seen(devices: readonly {tenant: string; device: string; atMs: number}[]): void;
  log(notice: LogNotice): void;
};

export interface GatewayThreadData {
  readonly host: string;
  readonly ports: {readonly mqtt: number; readonly ws: number};
  readonly retention: Retention;
  readonly streamFolder: string;
  readonly sessionsFolder: string;
}
