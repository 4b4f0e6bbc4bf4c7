/**
 * What a device does by itself, on a timeline of its own and in its own time: the same seed gives the same messages in the same
 * order, whenever they can leave. It tells, gives signs of life, sleeps, and faults come over it.
 */
import {nowMs} from '../measure/clock.js';
import {Chance} from './chance.js';
import {DeviceFaults, type Edge} from './device-faults.js';
import type {DeviceLink} from './device-link.js';
import type {DeviceParts} from './device-parts.js';
import {DeviceSleep} from './device-sleep.js';
import {Heartbeat} from './heartbeat.js';
import type {TelemetryStream} from './telemetry-stream.js';
import {Teller} from './teller.js';

/** Whose life it is. */
export interface LifeOwner {
  say(topic: string, payload: string, qos?: 0 | 1): void;
  /** Goes in order. */
  leave(): void;
  /** Connects again; `fault` is what kept it away. */
  comeBack(fault: string | undefined): void;
  /** What was not kept is lost. */
  losePower(): void;
}

/** So many messages at a time: other devices have theirs. */
const MESSAGES_AT_ONCE = 200;

/** It waits for its connection or for an acknowledgement, and is woken by that. */
const STALLED = -1;

export class DeviceLife {
  /** Since when it has its connection, where it was away because it was told to be, and not because a broker is. */
  upSinceMs = 0;
  readonly #parts: DeviceParts;
  readonly #owner: LifeOwner;
  readonly #link: DeviceLink;
  readonly #teller: Teller;
  readonly #heartbeat: Heartbeat;
  readonly #sleep: DeviceSleep;
  readonly #faults: DeviceFaults;
  readonly #endMs: number;
  #nextMs = STALLED;

  constructor(owner: LifeOwner, parts: DeviceParts, link: DeviceLink, streams: readonly TelemetryStream[]) {
    const {shared, number, fleet, model} = parts;
    const {heartbeat, sleep} = model.behaviour;
    this.#owner = owner;
    this.#parts = parts;
    this.#link = link;
    this.#endMs = shared.lifeMs ?? Infinity;
    this.#faults = new DeviceFaults(parts);
    this.#sleep = new DeviceSleep(sleep, new Chance(shared.seed, number, 'sleep'));
    this.#heartbeat = new Heartbeat(heartbeat ?? 0);
    this.#teller = new Teller(streams, link, this.#faults, fleet.qos);
  }

  /** When the next thing is due, as it was last found; Infinity where something else has to happen first, or nothing is left. */
  get nextMs(): number {
    return this.#nextMs === STALLED || this.isOver ? Infinity : this.#nextMs;
  }

  /** Has everything been told? */
  get isOver(): boolean {
    return this.#nextMs >= this.#endMs;
  }

  /** Is it asleep, or kept from its connection by a fault? */
  get isAway(): boolean {
    return this.#sleep.asleep || this.#faults.isCut;
  }

  /** Goes on to `nowMs` of its life, as far as its connection and acknowledgements let it. */
  advance(nowMs: number): void {
    this.#nextMs = this.#goOn(nowMs);
  }

  /** Nothing follows any more. */
  end(atMs: number): void {
    this.#teller.finish();
    this.#faults.end(Math.min(this.#endMs, atMs));
  }

  setInterval(what: 'interval' | 'heartbeat', everyMs: number, nowMs: number): void {
    if (what === 'interval') this.#teller.setInterval(everyMs, nowMs);
    else this.#heartbeat.setInterval(everyMs, nowMs);
  }

  intervalMs(what: 'interval' | 'heartbeat'): number {
    return what === 'interval' ? this.#teller.intervalMs : this.#heartbeat.everyMs;
  }

  /** Gives back when the next thing is due, or that it is stalled. */
  #goOn(nowMs: number): number {
    for (let told = 0; told < MESSAGES_AT_ONCE; ) {
      const nextMs = this.isAway ? this.#nextWhileAway() : this.#nextThing();
      if (nextMs > nowMs || nextMs >= this.#endMs) return nextMs;
      const isEdge = nextMs === this.#nextEdge();
      if (this.isAway) {
        if (isEdge) this.#edge();
        else this.#skip();
      } else if (!this.#link.up) {
        if (isEdge || this.#parts.fleet.keepsReadings) return STALLED;
        this.#skip();
      } else if (isEdge) {
        // Who goes to sleep waits until what it said was heard.
        if (this.#sleep.nextMs === nextMs && this.#link.inFlight > 0) {
          if (!this.#readsAgain(nowMs)) return this.#stalledMs;
        } else this.#edge();
      } else if (this.#link.hasRoom) {
        this.#tell();
        told++;
      } else if (!this.#readsAgain(nowMs)) return this.#stalledMs;
    }
    return nowMs;
  }

  /** Acknowledgements reach nobody who does not read: what ends that comes before what waits for them. */
  #readsAgain(nowMs: number): boolean {
    const atMs = this.#faults.nextMs;
    if (!this.#link.isPaused || atMs > nowMs) return false;
    this.#apply(this.#faults.take(), atMs);
    return true;
  }

  get #stalledMs(): number {
    return this.#link.isPaused ? this.#faults.nextMs : STALLED;
  }

  /** Readings that are kept wait for the end of a fault, or of sleep. */
  #nextWhileAway(): number {
    const keeps = this.#parts.fleet.keepsReadings && !this.#faults.poweredOff;
    return keeps ? this.#nextEdge() : this.#nextThing();
  }

  #nextThing(): number {
    return Math.min(this.#teller.nextMs, this.#heartbeat.nextMs, this.#nextEdge());
  }

  #nextEdge(): number {
    return Math.min(this.#faults.nextMs, this.#sleep.nextMs);
  }

  #tell(): void {
    const {clock} = this.#parts.shared;
    if (this.#heartbeat.nextMs < this.#teller.nextMs) {
      const atMs = this.#heartbeat.nextMs;
      const payload = this.#heartbeat.take();
      if (!clock.isHistory(atMs)) this.#owner.say('hb', payload, 0);
      return;
    }
    const lifeMs = this.#teller.nextMs;
    // What was kept during a fault is not late by the platform's doing, nor is history.
    const dueMs = clock.isHistory(lifeMs) ? nowMs() : Math.max(clock.realAt(lifeMs), this.upSinceMs);
    this.#teller.tell(clock.startMs + lifeMs, dueMs);
  }

  /** What is not kept while nobody hears it. */
  #skip(): void {
    if (this.#heartbeat.nextMs < this.#teller.nextMs) this.#heartbeat.take();
    else this.#teller.skip(this.#parts.shared.clock.startMs + this.#teller.nextMs);
  }

  #edge(): void {
    if (this.#sleep.nextMs < this.#faults.nextMs) {
      const atMs = this.#sleep.nextMs;
      this.#sleep.turn();
      if (this.#sleep.asleep) this.#owner.leave();
      else this.#comeBack(atMs, undefined);
      return;
    }
    const atMs = this.#faults.nextMs;
    this.#apply(this.#faults.take(), atMs);
  }

  #apply({edge, fault}: Edge, atMs: number): void {
    switch (edge) {
      case 'cut':
        this.#link.close('cut');
        break;
      case 'power-off':
        this.#link.close('cut');
        this.#owner.losePower();
        break;
      case 'back':
        this.#comeBack(atMs, fault);
        break;
      case 'slow':
        this.#link.pause();
        break;
      case 'fast':
        this.#link.resume();
        break;
      case 'tamper':
        this.#owner.say('tamper', '{"reason":"case-opened"}');
        break;
    }
  }

  #comeBack(atMs: number, fault: string | undefined): void {
    if (this.isAway) return;
    this.#heartbeat.skipTo(atMs);
    this.#owner.comeBack(fault);
  }
}
