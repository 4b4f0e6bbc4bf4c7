/** A list of devices that goes on: each device that changes comes again, as it is then. */
import {setTimeout} from 'node:timers/promises';
import type {Device} from '../domain/device.js';
import type {ApiClient} from './api-client.js';
import type {DeviceChoice} from './api-shapes.js';
import {until} from './until.js';

export interface DeviceSighting {
  readonly id: string;
  /** `left`: not in the list any more, because it is gone or something else now. */
  readonly change: 'listed' | 'came' | 'changed' | 'left';
  /** As it is; null for one that is gone. */
  readonly device: Device | null;
}

/** Changes of many devices at once are looked at together. */
const GATHER_MS = 200;

/** What the gateway says is in the stream first, and a moment later in the registry: looked at again after it. */
const AGAIN_MS = 1500;

/** Ids that are asked for at once, in a URL. */
const IDS_CHARACTERS_MAX = 4000;

export class DeviceFeed {
  readonly #api: ApiClient;
  readonly #choice: DeviceChoice;
  /** What was last said of each that is in the list. */
  readonly #shown = new Map<string, string>();
  /** When to look at which. */
  readonly #due = new Map<string, number>();
  #wake: () => void = () => undefined;
  /** The last event before the list was read: what comes after it may not be in the list. */
  #after = -1;

  constructor(api: ApiClient, choice: DeviceChoice) {
    this.#api = api;
    this.#choice = choice;
  }

  async *all(limit: number | undefined, signal: AbortSignal): AsyncGenerator<DeviceSighting> {
    yield* this.listed(limit);
    yield* this.changes(signal);
  }

  /** Those that there are, in the order of the list. To be read to its end, before the changes. */
  async *listed(limit = Number.POSITIVE_INFINITY): AsyncGenerator<DeviceSighting> {
    const {items} = await this.#api.events({last: 1});
    this.#after = items[0]?.offset ?? -1;
    let count = 0;
    for await (const device of this.#api.allDevices(this.#choice)) {
      this.#shown.set(device.id, stateOf(device));
      yield {id: device.id, change: 'listed', device};
      if (++count >= limit) return;
    }
  }

  /** Ends when the signal aborts. */
  async *changes(signal: AbortSignal): AsyncGenerator<DeviceSighting> {
    let failure: unknown;
    const ended = new AbortController();
    const following = this.#follow(AbortSignal.any([signal, ended.signal])).catch(error => {
      failure = error;
      this.#wake();
    });
    const onAbort = (): void => this.#wake();
    signal.addEventListener('abort', onAbort, {once: true});
    try {
      while (!signal.aborted && failure === undefined) {
        if (this.#due.size === 0) await new Promise<void>(resolve => (this.#wake = resolve));
        else await setTimeout(GATHER_MS, undefined, {signal}).catch(() => undefined);
        if (!signal.aborted) yield* this.#look();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      ended.abort();
      await following;
    }
    if (failure !== undefined && !signal.aborted) throw failure;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const {source} of until(
      this.#api.tail({after: this.#after, type: 'device.*', signal}),
      signal,
    )) {
      const id = source.split('/')[4];
      if (id === undefined) continue;
      this.#due.set(id, 0);
      this.#wake();
    }
  }

  async *#look(): AsyncGenerator<DeviceSighting> {
    const nowMs = performance.now();
    const due = [...this.#due].filter(([, atMs]) => atMs <= nowMs);
    for (const [id, atMs] of due) {
      if (atMs === 0) this.#due.set(id, nowMs + AGAIN_MS);
      else this.#due.delete(id);
    }
    for (const ids of chunks(due.map(([id]) => id))) yield* this.#sightings(ids);
  }

  async *#sightings(ids: readonly string[]): AsyncGenerator<DeviceSighting> {
    const present = new Map<string, Device>();
    for await (const device of this.#api.allDevices(this.#among(ids))) present.set(device.id, device);
    for (const id of ids) {
      const device = present.get(id);
      if (device) {
        const state = stateOf(device);
        const before = this.#shown.get(id);
        if (before === state) continue;
        this.#shown.set(id, state);
        yield {id, change: before === undefined ? 'came' : 'changed', device};
      } else if (this.#shown.delete(id)) {
        yield {id, change: 'left', device: await this.#outside(id)};
      }
    }
  }

  #among(ids: readonly string[]): DeviceChoice {
    const named = `id=${ids.join('|')}`;
    const {where} = this.#choice;
    return {...this.#choice, where: where === undefined ? named : `${where},${named}`};
  }

  async #outside(id: string): Promise<Device | null> {
    const {items} = await this.#api.listDevices({where: `id=${id}`});
    return items[0] ?? null;
  }
}

/** What makes it worth being shown again: not that it was only seen. */
const stateOf = ({generation, version, connectivity, connection}: Device): string =>
  `${generation} ${version} ${connectivity} ${connection.version}`;

function chunks(ids: readonly string[]): string[][] {
  const all: string[][] = [];
  let characters = IDS_CHARACTERS_MAX;
  for (const id of ids) {
    characters += id.length + 1;
    if (characters > IDS_CHARACTERS_MAX) {
      all.push([]);
      characters = id.length;
    }
    all.at(-1)!.push(id);
  }
  return all;
}
