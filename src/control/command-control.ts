/**
 * The life of a command. Commands wait here, in the registry's table, never in the broker's queue: one whose time to
 * live has passed is never delivered.
 */
import {type Command, isFinal} from '../domain/command.js';
import {mayBeSent} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import type {NewEvent} from '../domain/event.js';
import {Turns} from '../domain/turns.js';
import {uuidV7} from '../domain/uuid.js';
import type {Registry} from '../registry/registry.js';
import type {DeviceRow} from '../registry/tables/devices.js';
import {type DeviceMessage, stepOf} from './command-message.js';
import {checkArguments, checkRequest, refuseInState, type SendRequest} from './command-request.js';
import {CommandSteps} from './command-steps.js';

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

/** A delivered command without a result is over after this, or after its time to live if that is longer. */
const RESULT_TIMEOUT_MS = 60_000;

export class CommandControl {
  readonly #options: ControlOptions;
  readonly #clock: () => number;
  readonly #steps: CommandSteps;
  /** Work on one device's commands goes on one after the other. */
  readonly #turns = new Turns();

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    const {registry, publishEvent} = options;
    this.#steps = new CommandSteps({
      registry,
      publishEvent,
      clock: this.#clock,
      onDue: id => this.#onDeadline(id),
    });
  }

  /** Takes up what a platform before this one left: what was sent and not acknowledged waits again. */
  async start(): Promise<void> {
    for (const {command, expiresMs, resultDueMs} of await this.#options.registry.commands.open()) {
      if (command.state === 'sent' || command.state === 'requested') {
        await this.#steps.move(command.id, {
          to: 'queued',
          detail: 'the platform was started again',
        });
      }
      this.#steps.setDeadline(command.id, resultDueMs ?? expiresMs);
    }
  }

  async send(request: SendRequest): Promise<Command> {
    const {tenant, device, name, data, ttlMs} = request;
    checkRequest(request);
    const {devices, commands} = this.#options.registry;
    const {lifecycle, adminState, connectivity} = await devices.get(tenant, device);
    await checkArguments(this.#options.registry, request);
    refuseInState(device, adminState, mayBeSent({lifecycle, adminState}, request.force === true));
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
    await this.#steps.announce(command);
    this.#steps.setDeadline(command.id, nowMs + ttlMs);
    await this.#steps.move(command.id, {to: 'queued'});
    await this.#inTurn({tenant, device}, () => this.#deliver(command.id));
    return (await commands.find(command.id))!;
  }

  /** The device is connected and listens: what waits for it goes out, oldest first. */
  async deviceOnline(tenant: string, device: string): Promise<void> {
    await this.#inTurn({tenant, device}, async () => {
      for (const {id} of await this.#options.registry.commands.inState(tenant, device, 'queued'))
        await this.#deliver(id);
    });
  }

  /** Its connection ended before the PUBACK: it waits again, and goes out at once if the device is back already. */
  async onUndelivered(id: string): Promise<void> {
    const command = await this.#options.registry.commands.find(id);
    if (!command) return;
    await this.#inTurn(command, async () => {
      if (await this.#queueAgain(id, 'the connection ended')) await this.#deliver(id);
    });
  }

  /** The gateway ended, and every connection with it. */
  async onGatewayLost(): Promise<void> {
    for (const {command} of await this.#options.registry.commands.open()) {
      if (command.state !== 'sent') continue;
      const {id, tenant, device} = command;
      await this.#inTurn({tenant, device}, () => this.#queueAgain(id, 'the gateway was started again'));
    }
  }

  /** The device's PUBACK. */
  async onDelivered(id: string): Promise<void> {
    const command = await this.#options.registry.commands.find(id);
    if (!command) return;
    await this.#inTurn(command, () => this.#delivered(command));
  }

  /** Another device's command, or an unknown one, is not touched. */
  async onDeviceMessage(message: DeviceMessage): Promise<void> {
    const command = await this.#options.registry.commands.find(message.id);
    if (command?.tenant !== message.tenant || command.device !== message.device) return;
    await this.#inTurn(message, async () => {
      await this.#steps.move(message.id, stepOf(message, this.#resultDueMs(command)));
    });
  }

  /** Throws `IOT_CONFLICT` once it has been delivered. */
  async cancel(tenant: string, id: string): Promise<Command> {
    const command = await this.#options.registry.commands.get(tenant, id);
    return await this.#inTurn(command, async () => {
      const {state} = await this.#options.registry.commands.get(tenant, id);
      const moved =
        state === 'requested' || state === 'queued'
          ? await this.#steps.move(id, {to: 'cancelled'})
          : undefined;
      if (!moved) throw new IotctlError('IOT_CONFLICT', `command ${id} is ${state}`);
      return moved;
    });
  }

  /** The device is retired: nothing that waits for it will ever go out. */
  async cancelAll(tenant: string, device: string, detail: string): Promise<void> {
    await this.#inTurn({tenant, device}, async () => {
      for (const {command} of await this.#options.registry.commands.open()) {
        if (command.tenant !== tenant || command.device !== device) continue;
        await this.#steps.move(command.id, {to: 'cancelled', detail});
      }
    });
  }

  /** The command when it is over, or as it is when the time is up. */
  async wait(tenant: string, id: string, waitMs: number): Promise<Command> {
    const ended = this.#steps.ended(id, waitMs);
    const command = await this.#options.registry.commands.get(tenant, id);
    if (isFinal(command.state)) return command;
    await ended;
    return await this.#options.registry.commands.get(tenant, id);
  }

  async close(): Promise<void> {
    this.#steps.close();
    await this.#turns.settled();
  }

  async #deliver(id: string): Promise<void> {
    const command = await this.#options.registry.commands.find(id);
    if (command?.state !== 'queued') return;
    if (Date.parse(command.expiresAt) <= this.#clock()) {
      await this.#steps.move(id, {to: 'expired'});
      return;
    }
    const {tenant, device, name} = command;
    // What was asked for in another state waits: until that ends, or the time to live does.
    const state = await this.#options.registry.devices.find(tenant, device);
    if (!state || mayBeSent(statesOf(state), command.forced) !== 'yes') return;
    // Recorded first: a PUBACK may come back before the gateway's answer does.
    await this.#steps.move(id, {to: 'sent'});
    const via = JSON.parse(state.via) as string[];
    const delivery = {tenant, device, via, id, name, payload: JSON.stringify(command.data)};
    const outcome = await this.#options.deliver(delivery).catch(() => 'offline' as const);
    if (outcome === 'offline') await this.#steps.move(id, {to: 'queued', detail: 'not connected'});
  }

  async #queueAgain(id: string, detail: string): Promise<boolean> {
    const command = await this.#options.registry.commands.find(id);
    if (command?.state !== 'sent') return false;
    return (await this.#steps.move(id, {to: 'queued', detail})) !== undefined;
  }

  async #delivered(command: Command): Promise<void> {
    await this.#steps.move(command.id, {to: 'delivered', resultDueMs: this.#resultDueMs(command)});
  }

  #resultDueMs(command: Command): number {
    return Math.max(this.#clock() + RESULT_TIMEOUT_MS, Date.parse(command.expiresAt));
  }

  #onDeadline(id: string): void {
    void this.#options.registry.commands.find(id).then(command => {
      if (!command || isFinal(command.state)) return undefined;
      const waiting = command.state === 'requested' || command.state === 'queued' || command.state === 'sent';
      return this.#inTurn(command, () => this.#steps.move(id, {to: waiting ? 'expired' : 'timed_out'}));
    });
  }

  #inTurn<Value>(
    {tenant, device}: {readonly tenant: string; readonly device: string},
    work: () => Promise<Value>,
  ): Promise<Value> {
    return this.#turns.take(`${tenant}/${device}`, work);
  }
}

const statesOf = ({lifecycle, admin_state: adminState}: DeviceRow) => ({lifecycle, adminState});
