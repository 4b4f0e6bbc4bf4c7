/**
 * The life of a command. Commands wait here, in the registry's table, never in the broker's queue: one whose time to
 * live has passed is never delivered.
 */
import {type Command, type CommandState, isFinal} from '../domain/command.js';
import {type AdminState, type CommandAnswer, mayBeSent} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import type {NewEvent} from '../domain/event.js';
import {isName} from '../domain/ids.js';
import {parseJson} from '../domain/telemetry.js';
import {uuidV7} from '../domain/uuid.js';
import {argumentFault} from '../domain/value-check.js';
import type {Move} from '../registry/commands.js';
import {modelOf} from '../registry/device-row.js';
import type {Registry} from '../registry/registry.js';
import type {DeviceRow} from '../registry/tables/devices.js';
import {Deadlines} from './deadlines.js';
import {Waiters} from './waiters.js';

export interface ControlOptions {
  readonly registry: Registry;
  /** Gives a command to the device's connection, if it has one that listens to commands. */
  readonly deliver: (delivery: Delivery) => Promise<'sent' | 'offline'>;
  readonly publishEvent: (event: NewEvent) => Promise<number>;
  readonly clock?: () => number;
}

export interface Delivery {
  readonly tenant: string;
  readonly device: string;
  /** Field gateways that may carry it. */
  readonly via: readonly string[];
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
}

export interface SendRequest {
  readonly tenant: string;
  readonly device: string;
  readonly name: string;
  readonly data: unknown;
  readonly ttlMs: number;
  /** To a device in maintenance too. */
  readonly force?: boolean | undefined;
  readonly requestedBy: string;
  readonly allowedBy: string;
}

export interface DeviceMessage {
  readonly tenant: string;
  readonly device: string;
  readonly id: string;
  readonly stage: 'ack' | 'progress' | 'result';
  readonly payload: Uint8Array;
}

const TTL_MS_MIN = 1000;
const TTL_MS_MAX = 7 * 86_400_000;
const DATA_BYTES_MAX = 128 * 1024;

/** A delivered command without a result is over after this, or after its time to live if that is longer. */
const RESULT_TIMEOUT_MS = 60_000;

const RESULT_STATES: readonly CommandState[] = ['succeeded', 'failed', 'rejected'];

export class CommandControl {
  readonly #options: ControlOptions;
  readonly #clock: () => number;
  readonly #waiters = new Waiters();
  readonly #deadlines = new Deadlines(id => this.#onDeadline(id));
  /** Work on one device's commands goes on one after the other. */
  readonly #lanes = new Map<string, Promise<unknown>>();

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
  }

  /** Takes up what a platform before this one left: what was sent and not acknowledged waits again. */
  async start(): Promise<void> {
    for (const {command, expiresMs, resultDueMs} of await this.#options.registry.commands.open()) {
      if (command.state === 'sent' || command.state === 'requested') {
        await this.#move(command.id, {
          to: 'queued',
          atMs: this.#clock(),
          detail: 'the platform was started again',
        });
      }
      this.#deadlines.set(command.id, resultDueMs ?? expiresMs);
    }
  }

  async send(request: SendRequest): Promise<Command> {
    const {tenant, device, name, data, ttlMs} = request;
    checkRequest(request);
    const {devices, commands} = this.#options.registry;
    const {lifecycle, adminState, connectivity} = await devices.get(tenant, device);
    await this.#checkArguments(request);
    refuse(device, adminState, mayBeSent({lifecycle, adminState}, request.force === true));
    const nowMs = this.#clock();
    const command = await commands.create({
      id: uuidV7(nowMs),
      tenant,
      device,
      name,
      data,
      requestedBy: request.requestedBy,
      allowedBy: request.allowedBy,
      deviceState: {lifecycle, adminState, connectivity},
      createdMs: nowMs,
      expiresMs: nowMs + ttlMs,
      forced: request.force === true,
    });
    await this.#announce(command);
    this.#deadlines.set(command.id, nowMs + ttlMs);
    await this.#move(command.id, {to: 'queued', atMs: nowMs});
    await this.#inLane(tenant, device, () => this.#deliver(command.id));
    return (await commands.find(command.id))!;
  }

  /** A described model says which commands there are, and what they take. */
  async #checkArguments({tenant, device, name, data}: SendRequest): Promise<void> {
    const {devices, models} = this.#options.registry;
    const row = await devices.find(tenant, device);
    const ref = row && modelOf(row);
    const commands = ref && (await models.find(tenant, ref))?.spec.commands;
    if (!commands) return;
    const known = Object.hasOwn(commands, name) ? commands[name]! : undefined;
    const fault = known
      ? argumentFault(known, data)
      : `there is no such command; there are: ${Object.keys(commands).join(', ') || 'none'}`;
    if (fault !== undefined)
      throw new IotctlError('IOT_COMMAND_ARGUMENTS', `${name} of ${ref!.name}@${ref!.version}: ${fault}`);
  }

  /** The device is connected and listens: what waits for it goes out, oldest first. */
  async deviceOnline(tenant: string, device: string): Promise<void> {
    await this.#inLane(tenant, device, async () => {
      for (const {id} of await this.#options.registry.commands.inState(tenant, device, 'queued'))
        await this.#deliver(id);
    });
  }

  /** Its connection ended before the PUBACK: it waits again, and goes out at once if the device is back already. */
  async onUndelivered(id: string): Promise<void> {
    const command = await this.#options.registry.commands.find(id);
    if (!command) return;
    await this.#inLane(command.tenant, command.device, async () => {
      if (await this.#queueAgain(id, 'the connection ended')) await this.#deliver(id);
    });
  }

  /** The gateway ended, and every connection with it. */
  async onGatewayLost(): Promise<void> {
    for (const {command} of await this.#options.registry.commands.open()) {
      if (command.state !== 'sent') continue;
      const {id, tenant, device} = command;
      await this.#inLane(tenant, device, () => this.#queueAgain(id, 'the gateway was started again'));
    }
  }

  /** The device's PUBACK. */
  async onDelivered(id: string): Promise<void> {
    const command = await this.#options.registry.commands.find(id);
    if (!command) return;
    await this.#inLane(command.tenant, command.device, () => this.#delivered(command));
  }

  /** Another device's command, or an unknown one, is not touched. */
  async onDeviceMessage(message: DeviceMessage): Promise<void> {
    const command = await this.#options.registry.commands.find(message.id);
    if (command?.tenant !== message.tenant || command.device !== message.device) return;
    await this.#inLane(message.tenant, message.device, async () => {
      const atMs = this.#clock();
      const move: Move =
        message.stage === 'ack'
          ? {to: 'acknowledged', atMs, resultDueMs: this.#resultDueMs(command)}
          : message.stage === 'progress'
            ? {to: 'running', atMs, resultDueMs: this.#resultDueMs(command)}
            : resultOf(message.payload, atMs);
      await this.#move(message.id, move);
    });
  }

  /** Throws `IOT_CONFLICT` once it has been delivered. */
  async cancel(tenant: string, id: string): Promise<Command> {
    const command = await this.#options.registry.commands.get(tenant, id);
    return await this.#inLane(tenant, command.device, async () => {
      const {state} = await this.#options.registry.commands.get(tenant, id);
      const moved =
        state === 'requested' || state === 'queued'
          ? await this.#move(id, {to: 'cancelled', atMs: this.#clock()})
          : undefined;
      if (!moved) throw new IotctlError('IOT_CONFLICT', `command ${id} is ${state}`);
      return moved;
    });
  }

  /** The device is retired: nothing that waits for it will ever go out. */
  async cancelAll(tenant: string, device: string, detail: string): Promise<void> {
    await this.#inLane(tenant, device, async () => {
      for (const {command} of await this.#options.registry.commands.open()) {
        if (command.tenant !== tenant || command.device !== device) continue;
        await this.#move(command.id, {to: 'cancelled', atMs: this.#clock(), detail});
      }
    });
  }

  /** The command when it is over, or as it is when the time is up. */
  async wait(tenant: string, id: string, waitMs: number): Promise<Command> {
    const ended = this.#waiters.wait(id, waitMs);
    const command = await this.#options.registry.commands.get(tenant, id);
    if (isFinal(command.state)) return command;
    await ended;
    return await this.#options.registry.commands.get(tenant, id);
  }

  async close(): Promise<void> {
    this.#deadlines.close();
    this.#waiters.close();
    await Promise.allSettled(this.#lanes.values());
  }

  async #deliver(id: string): Promise<void> {
    const command = await this.#options.registry.commands.find(id);
    if (command?.state !== 'queued') return;
    if (Date.parse(command.expiresAt) <= this.#clock()) {
      await this.#move(id, {to: 'expired', atMs: this.#clock()});
      return;
    }
    const {tenant, device, name} = command;
    // What was asked for in another state waits: until that ends, or the time to live does.
    const state = await this.#options.registry.devices.find(tenant, device);
    if (!state || mayBeSent(statesOf(state), command.forced) !== 'yes') return;
    // Recorded first: a PUBACK may come back before the gateway's answer does.
    await this.#move(id, {to: 'sent', atMs: this.#clock()});
    const via = JSON.parse(state.via) as string[];
    const delivery = {tenant, device, via, id, name, payload: JSON.stringify(command.data)};
    const outcome = await this.#options.deliver(delivery).catch(() => 'offline' as const);
    if (outcome === 'offline')
      await this.#move(id, {to: 'queued', atMs: this.#clock(), detail: 'not connected'});
  }

  async #queueAgain(id: string, detail: string): Promise<boolean> {
    const command = await this.#options.registry.commands.find(id);
    if (command?.state !== 'sent') return false;
    return (await this.#move(id, {to: 'queued', atMs: this.#clock(), detail})) !== undefined;
  }

  async #delivered(command: Command): Promise<void> {
    const resultDueMs = this.#resultDueMs(command);
    if (await this.#move(command.id, {to: 'delivered', atMs: this.#clock(), resultDueMs})) {
      this.#deadlines.set(command.id, resultDueMs);
    }
  }

  #resultDueMs(command: Command): number {
    return Math.max(this.#clock() + RESULT_TIMEOUT_MS, Date.parse(command.expiresAt));
  }

  #onDeadline(id: string): void {
    void this.#options.registry.commands.find(id).then(command => {
      if (!command || isFinal(command.state)) return undefined;
      const waiting = command.state === 'requested' || command.state === 'queued' || command.state === 'sent';
      return this.#inLane(command.tenant, command.device, () =>
        this.#move(id, {to: waiting ? 'expired' : 'timed_out', atMs: this.#clock()}),
      );
    });
  }

  async #move(id: string, move: Move): Promise<Command | undefined> {
    const command = await this.#options.registry.commands.move(id, move);
    if (!command) return undefined;
    if (isFinal(command.state)) {
      this.#deadlines.delete(id);
      this.#waiters.ended(id);
    }
    await this.#announce(command);
    return command;
  }

  /** Each step of a command is an event. */
  async #announce(command: Command): Promise<void> {
    const {tenant, device, id, name, state, result} = command;
    const detail = command.transitions.at(-1)?.detail;
    await this.#options
      .publishEvent({
        tenant,
        device,
        type: `command.${state}`,
        component: '',
        timeMs: undefined,
        recordedMs: this.#clock(),
        contentType: 'application/json',
        payload: Buffer.from(
          JSON.stringify({
            id,
            name,
            state,
            ...(detail ? {detail} : {}),
            ...(result === null ? {} : {result}),
          }),
        ),
        attributes: {causationid: id},
      })
      .catch(() => {});
  }

  async #inLane<Value>(tenant: string, device: string, work: () => Promise<Value>): Promise<Value> {
    const key = `${tenant}/${device}`;
    const before = this.#lanes.get(key) ?? Promise.resolve();
    const done = before.then(work, work);
    const settled = done.catch(() => {});
    this.#lanes.set(key, settled);
    void settled.then(() => {
      if (this.#lanes.get(key) === settled) this.#lanes.delete(key);
    });
    return await done;
  }
}

const statesOf = ({lifecycle, admin_state: adminState}: DeviceRow) => ({lifecycle, adminState});

function refuse(device: string, adminState: AdminState, answer: CommandAnswer): void {
  if (answer === 'retired') throw new IotctlError('IOT_DEVICE_RETIRED', `device ${device} is retired`);
  if (answer === 'maintenance')
    throw new IotctlError('IOT_DEVICE_MAINTENANCE', `device ${device} is in maintenance`);
  if (answer === 'kept-out') throw new IotctlError('IOT_DEVICE_STATE', `device ${device} is ${adminState}`);
}

function checkRequest({name, data, ttlMs}: SendRequest): void {
  if (!isName(name))
    throw new IotctlError('IOT_REQUEST_INVALID', `not a command’s name: ${JSON.stringify(name)}`);
  if (!(ttlMs >= TTL_MS_MIN && ttlMs <= TTL_MS_MAX)) {
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `a time to live of ${ttlMs} ms is not between one second and seven days`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(data ?? null)) > DATA_BYTES_MAX) {
    throw new IotctlError(
      'IOT_PAYLOAD_TOO_LARGE',
      `the command’s data has more than ${DATA_BYTES_MAX} bytes`,
    );
  }
}

/** `{"status":"succeeded"|"failed"|"rejected",…}`; without a status it succeeded, and what is no JSON failed. */
function resultOf(payload: Uint8Array, atMs: number): Move {
  const parsed = parseJson(payload);
  if (!parsed.ok) {
    return {
      to: 'failed',
      atMs,
      detail: `undecodable result: ${parsed.reason}`,
      result: {text: Buffer.from(payload).toString()},
    };
  }
  const status = (parsed.value as {status?: unknown} | null)?.status;
  const to = RESULT_STATES.find(state => state === status) ?? (status === undefined ? 'succeeded' : 'failed');
  return {to, atMs, result: parsed.value};
}
