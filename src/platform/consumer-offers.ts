/** What the thread of consumers and the main thread offer each other. */
import type {ConsumerDesk} from '../admin/consumer-desk.js';
import type {DeviceTraits} from '../consumers/ports.js';
import type {Tally} from '../consumers/tally.js';
import type {ConsumerSpec} from '../registry/consumers.js';
import type {EventHistory, EventQuery} from '../tail/history.js';
import type {LogNotice} from './thread-log.js';

export type ConsumerOffers = {
  /** Consumers were made, changed or deleted, or dead letters put on their way. */
  changed(nothing: undefined): void;
  /** Resolves once what `changed` asked for is done, and what those that run no more wrote to is closed. */
  settled(nothing: undefined): Promise<void>;
  /** Everything before `head` is on disk. */
  committed(head: number): void;
  /** Told again and again, so that a thread that was started again knows it soon. */
  storageFull(change: {tenant: string; full: boolean}): void;
  tallies(nothing: undefined): readonly Tally[];
  /** Lets what is under way end, and tells where everybody is. */
  close(nothing: undefined): Promise<void>;
};

type Told<Name extends 'progressed' | 'putAside' | 'replays' | 'replayed' | 'begins'> = ConsumerDesk[Name];

export type OffersToConsumers = {
  ready(nothing: undefined): void;
  running(nothing: undefined): Promise<ConsumerSpec[]>;
  progressed: Told<'progressed'>;
  putAside: Told<'putAside'>;
  replays: Told<'replays'>;
  replayed: Told<'replayed'>;
  begins: Told<'begins'>;
  deviceTraits(of: {tenant: string; device: string}): Promise<DeviceTraits | undefined>;
  history(request: {tenant: string; query: EventQuery}): Promise<EventHistory>;
  log(notice: LogNotice): void;
};

export interface ConsumerThreadData {
  readonly streamFolder: string;
  /** Where consumers write files. */
  readonly filesFolder: string;
  readonly allowExec: boolean;
}
