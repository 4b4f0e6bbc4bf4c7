/** A client of a load test: connects when it is due, measures how long that takes, comes back when it is lost. */

import type {Due} from '../device/due-heap.js';
import {nowMs} from '../measure/clock.js';
import type {Measurements} from '../measure/measurements.js';
import type {Random} from '../random.js';
import {MqttClient} from '../wire/mqtt-client.js';
import type {ConnackDetails, MqttClientHandler, MqttClientOptions} from '../wire/mqtt-client-options.js';
import {backoffMs} from './backoff.js';
import type {Route} from './endpoints.js';
import type {Identity} from './identity.js';
import type {LoadPlan} from './plan.js';

/** What the clients of a run share. */
export interface ClientContext {
  readonly plan: LoadPlan;
  readonly measurements: Measurements;
  readonly random: Random;
  /** To be opened at that time. */
  openAt(client: LoadClient, dueMs: number): void;
  /** Its connection stands, or does not come to be this time. */
  answered(client: LoadClient): void;
  /** It is ready for the load, or never will be: told once of each client. */
  settled(client: LoadClient): void;
  /** So many more or fewer are connected. */
  connectedNow(change: 1 | -1): void;
}

/** Who never was connected does not try for ever. */
const FIRST_ATTEMPTS_MAX = 5;
/** Where connections are not opened again, the first attempts still are. */
const FIRST_RECONNECT = {minMs: 100, maxMs: 1000};
/** It would be the same the next time. */
const FINAL = new Set([
  'bad-credentials',
  'not-authorized',
  'client-id-not-valid',
  'unsupported-protocol-version',
  'bad-authentication-method',
  'banned',
  'ENOTFOUND',
]);

export class LoadClient implements MqttClientHandler, Due {
  dueMs = 0;
  heapIndex = -1;
  readonly identity: Identity;
  readonly mqtt: MqttClient;
  protected readonly context: ClientContext;
  #attempts = 0;
  #everConnected = false;
  #settled = false;
  #openDueMs = 0;
  #openedMs = 0;
  #phaseMs = 0;
  #lostMs = 0;
  #ending = false;
  /** There is a connection, or one is being opened. */
  #active = false;
  #onEnded: (() => void) | undefined;

  constructor(context: ClientContext, identity: Identity, route: Route) {
    this.context = context;
    this.identity = identity;
    this.mqtt = new MqttClient(optionsOf(context.plan, identity, route), this);
  }

  /** Opens the connection, which was due at that time. */
  open(dueMs: number): void {
    if (this.#ending) return;
    this.#openDueMs = dueMs;
    this.#openedMs = this.#phaseMs = nowMs();
    this.#attempts++;
    this.#active = true;
    this.context.measurements.count('connectAttempts');
    this.mqtt.open();
  }

  /** Says goodbye; resolves when the connection is closed. */
  end(): Promise<void> {
    if (this.#ending) return Promise.resolve();
    this.#ending = true;
    return new Promise(resolve => {
      this.#onEnded = resolve;
      if (this.#active) this.mqtt.end();
      else resolve();
    });
  }

  opened(_: MqttClient, phase: 'tcp' | 'tls'): void {
    const atMs = nowMs();
    this.context.measurements.latency(phase, atMs - this.#phaseMs);
    this.#phaseMs = atMs;
  }

  connected(_: MqttClient, connack: ConnackDetails): void {
    const {measurements} = this.context;
    const atMs = nowMs();
    this.context.answered(this);
    measurements.latency('connack', atMs - this.#phaseMs);
    measurements.latency('connect', atMs - this.#openDueMs, atMs - this.#openedMs);
    measurements.count(this.#everConnected ? 'reconnects' : 'connected');
    if (this.#everConnected) measurements.recovery('connection', atMs - this.#lostMs);
    this.#everConnected = true;
    this.#attempts = 0;
    this.context.connectedNow(1);
    this.ready(connack);
  }

  refused(_: MqttClient, reason: string): void {
    this.#active = false;
    this.context.answered(this);
    this.context.measurements.fail('connect', reason);
    this.#retry(reason);
  }

  lost(_: MqttClient, reason: string): void {
    this.#active = false;
    const wasConnected = this.#everConnected && this.#attempts === 0;
    this.context.answered(this);
    this.context.measurements.fail(wasConnected ? 'connection' : 'connect', reason);
    if (wasConnected) {
      this.#lostMs = nowMs();
      this.context.connectedNow(-1);
      this.gone();
    }
    this.#retry(reason);
  }

  ended(): void {
    if (this.#attempts === 0 && this.#everConnected) this.context.connectedNow(-1);
    this.#onEnded?.();
  }

  /** The connection stands: what a role does then. */
  protected ready(_connack: ConnackDetails): void {
    this.settle();
  }

  /** The connection is lost. */
  protected gone(): void {}

  protected settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.context.settled(this);
  }

  #retry(reason: string): void {
    if (this.#ending) this.#onEnded?.();
    else if (this.#mayRetry(reason)) this.context.openAt(this, nowMs() + this.#delayMs());
    else this.settle();
  }

  #mayRetry(reason: string): boolean {
    if (this.#everConnected) return this.context.plan.connect.reconnect !== null;
    return this.#attempts < FIRST_ATTEMPTS_MAX && !FINAL.has(reason) && !reason.startsWith('tls:');
  }

  #delayMs(): number {
    const {plan, random} = this.context;
    return backoffMs(this.#attempts, plan.connect.reconnect ?? FIRST_RECONNECT, random);
  }
}

function optionsOf(
  {protocolVersion, session, connect}: LoadPlan,
  {clientId, username, password}: Identity,
  {endpoint, localAddress}: Route,
): MqttClientOptions {
  return {
    endpoint,
    localAddress,
    protocolVersion,
    clientId,
    username,
    password,
    cleanStart: session.cleanStart,
    keepAliveSec: session.keepAliveSec,
    will: session.will,
    connectProperties: session.connectProperties,
    connectTimeoutMs: connect.timeoutMs,
  };
}
