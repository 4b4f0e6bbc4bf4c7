/**
 * Desired documents on their way to devices. On each connection a device hears whole documents, and between them
 * patches that join without a gap; never an older version after a newer one. What does not join is replaced by a whole
 * document, which is asked for. Nothing waits here: whoever is not connected hears the whole when it comes.
 */
import {devicePrefix, filterMatches, gatewayPrefix, TWIN_DOWN} from '../domain/topic.js';
import type {Connection} from './connection.js';
import type {Presence} from './presence.js';

interface TwinOf {
  readonly tenant: string;
  readonly device: string;
  /** Of the device: another of the same name begins anew. */
  readonly generation: string;
  /** Field gateways that may carry it. */
  readonly via: readonly string[];
}

export interface WholeTwin extends TwinOf {
  readonly version: number;
  /** JSON text. */
  readonly desired: string;
}

export interface TwinPatch extends TwinOf {
  readonly from: number;
  readonly to: number;
  /** JSON text of a merge patch. */
  readonly patch: string;
}

export interface TwinDeliveryParts {
  readonly presence: Presence;
  /** Has the whole document of a device given to `whole`. */
  ask(twin: {tenant: string; device: string}): void;
  /** It was larger than the device takes. */
  dropped(connection: Connection, topic: string): void;
}

/** What one connection has heard of one twin. */
interface Heard {
  generation: string;
  /** The version that was sent last; -1 before the first one. */
  sent: number;
  /** The newest that there is, as far as is known here. */
  latest: number;
  /** Is a whole document on its way here? */
  asked: boolean;
  /** Sent, and not acknowledged yet. */
  open: number;
}

/** A device that acknowledges nothing is told nothing more of its twin; later it gets the whole. */
const OPEN_MAX = 16;

export class TwinDelivery {
  readonly #parts: TwinDeliveryParts;
  readonly #heard = new WeakMap<Connection, Map<string, Heard>>();

  constructor(parts: TwinDeliveryParts) {
    this.#parts = parts;
  }

  /** Of those filters some are about twins: their documents, the device's own and its children's, are due. */
  subscribed(connection: Connection, filters: readonly string[]): void {
    const {identity} = connection;
    if (identity?.kind !== 'device') return;
    const hears = (topic: string): boolean => filters.some(filter => filterMatches(filter, topic));
    if (hears(topicOf(connection, identity.device))) this.wanted(connection, identity.device);
    for (const child of identity.children?.keys() ?? [])
      if (hears(topicOf(connection, child))) this.wanted(connection, child);
  }

  /** It may be the gateway of other children now: those that it has heard nothing of are due. */
  renewed(connection: Connection): void {
    const {identity} = connection;
    if (identity?.kind !== 'device') return;
    for (const child of identity.children?.keys() ?? []) {
      const isKnown = this.#heard.get(connection)?.has(child) === true;
      if (!isKnown && connection.downlink.subscribedQos(topicOf(connection, child)) !== undefined)
        this.wanted(connection, child);
    }
  }

  /** The device asked for its whole document. */
  wanted(connection: Connection, device: string): void {
    const heard = this.#heardOf(connection, device);
    if (heard.asked) return;
    heard.asked = true;
    this.#parts.ask({tenant: connection.tenant, device});
  }

  whole(twin: WholeTwin): void {
    for (const [connection, heard] of this.#listeners(twin)) {
      if (!heard.asked) continue;
      heard.asked = false;
      heard.latest = Math.max(heard.latest, twin.version);
      const text = `{"version":${twin.version},"desired":${twin.desired}}`;
      if (twin.version >= heard.sent) this.#send(connection, twin, heard, {text, version: twin.version});
      this.#catchUp(connection, twin.device, heard);
    }
  }

  patch(twin: TwinPatch): void {
    for (const [connection, heard] of this.#listeners(twin)) {
      heard.latest = Math.max(heard.latest, twin.to);
      const text = `{"from":${twin.from},"to":${twin.to},"patch":${twin.patch}}`;
      if (!heard.asked && heard.sent === twin.from)
        this.#send(connection, twin, heard, {text, version: twin.to});
      this.#catchUp(connection, twin.device, heard);
    }
  }

  /** The device whose twin it is, as far as this gateway has connections that may hear of it. */
  *#listeners(twin: TwinOf): Generator<[Connection, Heard]> {
    for (const name of [twin.device, ...twin.via])
      for (const connection of this.#parts.presence.of(twin.tenant, name)) {
        const heard = this.#heard.get(connection)?.get(twin.device);
        if (!heard) continue;
        if (heard.generation !== twin.generation)
          Object.assign(heard, {generation: twin.generation, sent: -1, latest: -1});
        yield [connection, heard];
      }
  }

  #send(
    connection: Connection,
    {device}: TwinOf,
    heard: Heard,
    {text, version}: {text: string; version: number},
  ): void {
    const topic = topicOf(connection, device);
    if (heard.open >= OPEN_MAX || !connection.mayReceive(topic)) return;
    const sent = connection.downlink.send(topic, text, {
      acknowledged: () => {
        heard.open--;
        this.#catchUp(connection, device, heard);
      },
    });
    if (sent === 'refused') return;
    if (sent === 'dropped') this.#parts.dropped(connection, topic);
    // What the device does not take counts as sent: it would not take it the next time either.
    heard.sent = version;
    if (sent === 'open') heard.open++;
  }

  /** There is a newer version than the one that was sent, and no patch leads there. */
  #catchUp(connection: Connection, device: string, heard: Heard): void {
    if (heard.sent < heard.latest && heard.open < OPEN_MAX) this.#askAgain(connection, device, heard);
  }

  /** Not where nothing would come of it. */
  #askAgain(connection: Connection, device: string, heard: Heard): void {
    const topic = topicOf(connection, device);
    if (
      heard.asked ||
      connection.downlink.subscribedQos(topic) === undefined ||
      !connection.mayReceive(topic)
    )
      return;
    this.wanted(connection, device);
  }

  #heardOf(connection: Connection, device: string): Heard {
    const twins = this.#heard.get(connection) ?? new Map<string, Heard>();
    this.#heard.set(connection, twins);
    const known = twins.get(device) ?? {generation: '', sent: -1, latest: -1, asked: false, open: 0};
    twins.set(device, known);
    return known;
  }
}

/** The device's own, or its child's as the connection of a gateway knows it. */
const topicOf = (connection: Connection, device: string): string =>
  device === connection.device
    ? devicePrefix(connection.tenant, device) + TWIN_DOWN
    : `${gatewayPrefix(connection.tenant, connection.device)}d/${device}/${TWIN_DOWN}`;
