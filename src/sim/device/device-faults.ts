/** All faults that may come over one device. */
import {Chance} from './chance.js';
import type {DeviceParts} from './device-parts.js';
import {type FaultSpec, isLinkFault} from './faults/fault-spec.js';
import {type LinkEdge, LinkFault} from './faults/link-faults.js';
import {type Message, MessageFault} from './faults/message-fault.js';
import {PayloadFaults, type Told} from './faults/payload-faults.js';
import type {TruthRecord} from './truth.js';

export interface Edge {
  readonly edge: LinkEdge;
  readonly fault: string;
}

export class DeviceFaults {
  readonly #link: readonly LinkFault[];
  readonly #payload: PayloadFaults | undefined;
  #cuts = 0;
  poweredOff = false;

  constructor({fleet, number, login, shared}: DeviceParts) {
    const {seed, truth, clock} = shared;
    const report = (record: Omit<TruthRecord, 'device' | 'deviceMs'>, atMs: number) =>
      truth?.({device: login.id, deviceMs: clock.startMs + atMs, ...record});
    const chosen = fleet.faults
      .map((spec, index) => ({spec, chance: new Chance(seed, number, `fault ${index}`)}))
      .filter(({spec, chance}) => chance.next() < spec.share);
    this.#link = chosen
      .filter(({spec}) => concernsLink(spec))
      .map(({spec, chance}) => new LinkFault(spec, chance, report));
    const messages = chosen.filter(({spec}) => !concernsLink(spec));
    this.#payload =
      messages.length === 0
        ? undefined
        : new PayloadFaults(messages.map(({spec, chance}) => new MessageFault(spec, chance, report)));
  }

  /** Is there a fault that keeps the device from being connected? */
  get isCut(): boolean {
    return this.#cuts > 0;
  }

  /** When something happens to the connection, since the device's life began. */
  get nextMs(): number {
    let nextMs = Infinity;
    for (const fault of this.#link) if (fault.nextMs < nextMs) nextMs = fault.nextMs;
    return nextMs;
  }

  take(): Edge {
    const {nextMs} = this;
    const next = this.#link.find(fault => fault.nextMs === nextMs)!;
    const edge = next.take();
    if (edge === 'cut' || edge === 'power-off') this.#cuts++;
    if (edge === 'back') this.#cuts--;
    const {fault} = next.spec;
    if (fault === 'power-cut') this.poweredOff = edge === 'power-off';
    return {edge, fault};
  }

  apply(payload: Buffer, message: Message): Told {
    return this.#payload?.apply(payload, message) ?? {payload, twice: false, late: false};
  }

  end(atMs: number): void {
    for (const fault of this.#link) fault.end(atMs);
    this.#payload?.end(atMs);
  }
}

const concernsLink = ({fault}: FaultSpec): boolean => isLinkFault(fault) || fault === 'tamper';
