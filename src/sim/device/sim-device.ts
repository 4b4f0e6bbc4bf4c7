/**
 * One simulated device: what it does by itself (its life), what it does because it is asked to (its twin, commands and firmware), and
 * the connection over which it does both.
 */
import {nowMs} from '../measure/clock.js';
import type {SimulatedDevice} from '../model/simulated-device.js';
import {Chance} from './chance.js';
import {DeviceCommands} from './device-commands.js';
import {DeviceFirmware} from './device-firmware.js';
import type {DeviceHands} from './device-hands.js';
import {DeviceLife, type LifeOwner} from './device-life.js';
import {DeviceLink, type DeviceLinkOwner} from './device-link.js';
import type {DeviceParts} from './device-parts.js';
import {streamsOf} from './device-streams.js';
import {DeviceTwin} from './device-twin.js';
import type {Due} from './due-heap.js';
import {filtersOf, linkOptions, prefixOf, suffixOf} from './link-options.js';
import {scheduleMsOf} from './schedule-value.js';
import {Tasks} from './tasks.js';

/** A restart takes so long, in the device's time. */
const RESTART_MS = 3000;

export class SimDevice implements Due, DeviceHands, DeviceLinkOwner, LifeOwner {
  dueMs = 0;
  heapIndex = -1;
  readonly id: string;
  readonly #parts: DeviceParts;
  readonly #prefix: string;
  readonly #model: SimulatedDevice;
  readonly #link: DeviceLink;
  readonly #life: DeviceLife;
  readonly #tasks = new Tasks();
  readonly #twin: DeviceTwin;
  readonly #commands: DeviceCommands;
  #living = false;
  /** Was it away because it was told to be, and not because a broker is? */
  #wasAway = false;

  constructor(parts: DeviceParts) {
    const {login, number, model, shared} = parts;
    this.id = login.id;
    this.#parts = parts;
    this.#prefix = prefixOf(parts);
    this.#model = model.device(shared.seed, number);
    const chance = new Chance(shared.seed, number, 'behaviour');
    const {tally, window} = shared;
    this.#link = new DeviceLink(this, {options: linkOptions(parts), tally, chance, window});
    this.#life = new DeviceLife(this, parts, this.#link, streamsOf(parts, this.#model, this.#prefix));
    const {firmware} = this.behaviour;
    const updates = firmware && new DeviceFirmware(this, firmware, chance);
    this.#twin = new DeviceTwin(this, chance, updates);
    this.#commands = new DeviceCommands(this, chance, updates);
  }

  /** Messages of telemetry that nobody acknowledged yet. */
  get unacknowledged(): number {
    return this.#link.unacknowledged;
  }

  get isClosed(): boolean {
    return this.#link.isClosed;
  }

  /** Has everything of its life been told, and acknowledged where it has a connection? Or was it refused for good? */
  get isOver(): boolean {
    if (this.#link.isRefused) return true;
    return this.#life.isOver && (this.#link.inFlight === 0 || this.#life.isAway);
  }

  /** Connects; nothing is told by itself before `live`. */
  open(): void {
    this.#link.open(nowMs());
  }

  /** Its life begins, with the clock. */
  live(): void {
    this.#living = true;
    this.wake();
  }

  /** Does what is due, and says when it wants to be asked again. */
  run(realMs: number): void {
    this.#link.wake(realMs);
    this.#tasks.run(realMs);
    const {shared} = this.#parts;
    const {clock} = shared;
    if (this.#living) this.#life.advance(clock.lifeAt(realMs));
    // A fault may last longer than a life.
    if (this.#life.isOver && this.#link.isPaused) this.#link.resume();
    this.#link.flush();
    const lifeMs = this.#living ? this.#life.nextMs : Infinity;
    const lifeRealMs = lifeMs === Infinity ? Infinity : clock.realAt(lifeMs);
    shared.schedule(this, Math.min(lifeRealMs, this.#tasks.nextMs, this.#link.retryMs));
  }

  /** Tells nothing more by itself. What was in flight when a fault cut it off is still delivered. */
  stop(): void {
    if (!this.#living) return;
    this.#living = false;
    this.#life.end(this.#parts.shared.clock.lifeAt(nowMs()));
    this.#link.resume();
    if (this.#link.inFlight > 0 && !this.#link.isRefused) this.#link.open(nowMs());
  }

  // ---- what its life asks of it ----

  leave(): void {
    if (!this.#parts.shared.platform && this.#link.up) this.say('status', '{"online":false}', 1, true);
    this.#link.close('end');
  }

  comeBack(fault: string | undefined): void {
    this.#wasAway = true;
    this.#link.open(nowMs(), fault);
  }

  losePower(): void {
    this.#link.forget();
    this.#tasks.clear();
    this.#twin.restarted();
  }

  // ---- what its connection tells it ----

  get filters(): readonly string[] {
    return filtersOf(this.#prefix);
  }

  settled(): void {
    this.#parts.shared.settled(this.#parts.number);
  }

  connected(): void {
    if (this.#wasAway) this.#life.upSinceMs = nowMs();
    this.#wasAway = false;
    if (!this.#parts.shared.platform) {
      this.say('status', '{"online":true}', 1, true);
      this.say('twin/get', '');
    }
    this.#twin.connected();
    this.wake();
  }

  hear(topic: string, payload: Buffer): void {
    const suffix = suffixOf(topic, this.#prefix, this.id);
    const [cmd, id, name, ...more] = suffix?.split('/') ?? [];
    if (suffix === 'twin/desired') this.#twin.take(payload);
    else if (suffix === 'error') this.#parts.shared.tally.refused(payload);
    else if (cmd === 'cmd' && id !== undefined && name !== undefined && more.length === 0)
      this.#commands.take(id, name, payload);
  }

  wake(): void {
    this.#parts.shared.schedule(this, 0);
  }

  // ---- what its parts may do ----

  get spec() {
    return this.#parts.model.spec;
  }

  get behaviour() {
    return this.#parts.model.behaviour;
  }

  say(topic: string, payload: string, qos: 0 | 1 = 1, retain = false): void {
    this.#link.say(`${this.#prefix}${topic}`, payload, qos, retain);
  }

  later(delayMs: number, run: () => void): void {
    this.#tasks.add(nowMs() + delayMs / this.#parts.shared.clock.acceleration, run);
    this.wake();
  }

  setMetric(name: string, value: unknown): string | undefined {
    return this.#model.set(name, value);
  }

  setSchedule(what: 'interval' | 'heartbeat', value: unknown): string | undefined {
    const ms = scheduleMsOf(value);
    if (ms === undefined) return `${what} cannot be ${JSON.stringify(value)}`;
    this.#life.setInterval(what, ms, this.#living ? this.#parts.shared.clock.lifeAt(nowMs()) : 0);
    this.wake();
    return undefined;
  }

  scheduleSec(what: 'interval' | 'heartbeat'): number {
    return this.#life.intervalMs(what) / 1000;
  }

  command(name: string, data: unknown) {
    return this.#model.command(name, data);
  }

  answered(): void {
    this.#parts.shared.tally.measurements.count('commandsAnswered');
  }

  restart(): void {
    this.leave();
    this.#wasAway = true;
    this.#twin.restarted();
    this.later(RESTART_MS, () => {
      if (!this.#life.isAway) this.#link.open(nowMs());
    });
  }
}
