/** A device's side of its twin: it applies what is desired after a while, or rejects it, and says so. */
import {sameJson} from '../../domain/json.js';
import type {PropertyBehaviour} from '../model/behaviour.js';
import type {Chance} from './chance.js';
import type {DeviceFirmware} from './device-firmware.js';
import type {DeviceHands} from './device-hands.js';
import {ReportedDocument} from './reported-document.js';
import {type DesiredValue, TwinReplica} from './twin-replica.js';

/** A property that the model's section `simulate` does not mention. */
const PLAIN: PropertyBehaviour = {latency: {shape: 'constant', value: 0}, reject: 0};

const REJECTED = 'not possible now';

export class DeviceTwin {
  readonly #hands: DeviceHands;
  readonly #chance: Chance;
  readonly #firmware: DeviceFirmware | undefined;
  readonly #reported = new ReportedDocument();
  readonly #applied = new Map<string, unknown>();
  #replica = new TwinReplica();
  #acknowledged = 0;

  constructor(hands: DeviceHands, chance: Chance, firmware: DeviceFirmware | undefined) {
    this.#hands = hands;
    this.#chance = chance;
    this.#firmware = firmware;
    for (const [name, {value, changes}] of Object.entries(hands.behaviour.twin)) {
      const path = name.split('.');
      if (value === undefined) continue;
      if (changes === undefined) this.#apply({name, path, value});
      // How often it tells something is said elsewhere; here it is only reported.
      else this.#note({name, path, value: Math.max(1, Math.round(hands.scheduleSec(changes)))});
    }
    firmware?.onChange((path, value) => {
      this.#reported.set(path, value);
      this.#report();
    });
    for (const [path, value] of firmware?.state() ?? []) this.#reported.set(path, value);
  }

  /** The connection is there: what was not told yet is told; the platform tells the whole document by itself. */
  connected(): void {
    this.#report();
  }

  /** After a restart a device knows nothing of what was desired. */
  restarted(): void {
    this.#replica = new TwinReplica();
  }

  take(payload: Uint8Array): void {
    const outcome = this.#replica.take(payload);
    if (outcome === 'gap') this.#hands.say('twin/get', '');
    if (outcome !== 'new' || this.#replica.version === 0) return;
    const latencies = this.#new().map(({name}) => this.#chance.delayMs(this.#behaviourOf(name).latency));
    this.#hands.later(Math.max(0, ...latencies), () => this.#applyAll());
  }

  /** What is desired and not applied yet; what was changed meanwhile is in it as it is now. */
  #new(): DesiredValue[] {
    const {properties = {}} = this.#hands.spec;
    return this.#replica
      .values(name => Object.hasOwn(properties, name))
      .filter(({name, value}) => !sameJson(this.#applied.get(name), value));
  }

  #applyAll(): void {
    const {version} = this.#replica;
    if (version <= this.#acknowledged) return;
    const wish = this.#firmware?.propertyName;
    let flaw: string | undefined;
    let update: string | undefined;
    for (const value of this.#new()) {
      if (value.name === wish && typeof value.value === 'string') update = value.value;
      else flaw ??= this.#tryTo(value);
    }
    if (update === undefined || update === this.#firmware!.version) {
      this.#acknowledge(version, flaw);
    } else {
      this.#report();
      this.#firmware!.update(update, failure => this.#acknowledge(version, flaw ?? failure));
    }
  }

  /** Gives in words why it was not done. */
  #tryTo(value: DesiredValue): string | undefined {
    const {reject, reason} = this.#behaviourOf(value.name);
    if (this.#chance.happens(reject)) return reason ?? REJECTED;
    return this.#apply(value);
  }

  #apply({name, path, value}: DesiredValue): string | undefined {
    const {metric, changes} = this.#behaviourOf(name);
    const flaw =
      (metric === undefined ? undefined : this.#hands.setMetric(metric, value)) ??
      (changes === undefined ? undefined : this.#hands.setSchedule(changes, value));
    if (flaw !== undefined) return flaw;
    this.#note({name, path, value});
    return undefined;
  }

  #note({name, path, value}: DesiredValue): void {
    this.#applied.set(name, value);
    this.#reported.set(path, value);
  }

  #acknowledge(version: number, flaw: string | undefined): void {
    // A newer version may have come meanwhile, and says everything that this one would.
    if (version <= this.#acknowledged) return;
    this.#acknowledged = version;
    const $ack =
      flaw === undefined ? {version, status: 'applied'} : {version, status: 'rejected', reason: flaw};
    this.#hands.say('twin/reported', JSON.stringify({...this.#reported.changes(), $ack}));
  }

  #report(): void {
    const patch = this.#reported.changes();
    if (Object.keys(patch).length > 0) this.#hands.say('twin/reported', JSON.stringify(patch));
  }

  #behaviourOf(name: string): PropertyBehaviour {
    const {twin} = this.#hands.behaviour;
    return (Object.hasOwn(twin, name) ? twin[name] : undefined) ?? PLAIN;
  }
}
