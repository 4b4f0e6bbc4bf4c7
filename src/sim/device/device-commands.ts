/** How a device answers commands: after a latency, now and then with a failure, or not at all. */
import type {CommandBehaviour} from '../model/behaviour.js';
import type {Chance} from './chance.js';
import type {DeviceFirmware} from './device-firmware.js';
import type {DeviceHands} from './device-hands.js';

/** A command that the model's section `simulate` does not mention. */
const PLAIN: CommandBehaviour = {
  latency: {shape: 'constant', value: 0},
  fail: 0,
  silent: 0,
  reject: 0,
  sets: {},
};

interface Result {
  readonly status: 'succeeded' | 'failed' | 'rejected';
  readonly [detail: string]: unknown;
}

/** Ends and begins the connection anew after its result. */
const REBOOT = 'reboot';

/** What takes longer tells how far it is. */
const PROGRESS_FROM_MS = 2000;

/** What was answered is not answered again, when it is delivered twice. */
const REMEMBERED = 32;

export class DeviceCommands {
  readonly #hands: DeviceHands;
  readonly #chance: Chance;
  readonly #firmware: DeviceFirmware | undefined;
  #seen: string[] | undefined;

  constructor(hands: DeviceHands, chance: Chance, firmware: DeviceFirmware | undefined) {
    this.#hands = hands;
    this.#chance = chance;
    this.#firmware = firmware;
  }

  /** `id` and `name` are those of the topic `cmd/{id}/{name}`. */
  take(id: string, name: string, payload: Uint8Array): void {
    if (this.#knows(id)) return;
    const {commands} = this.#hands.behaviour;
    const behaviour = (Object.hasOwn(commands, name) ? commands[name] : undefined) ?? PLAIN;
    if (this.#chance.happens(behaviour.silent)) return;
    const latencyMs = this.#chance.delayMs(behaviour.latency);
    const data = jsonOf(payload);
    this.#hands.say(`cmd/${id}/ack`, '{}');
    if (name === this.#firmware?.commandName) {
      this.#update(id, data);
      return;
    }
    if (latencyMs > PROGRESS_FROM_MS)
      this.#hands.later(latencyMs / 2, () => this.#hands.say(`cmd/${id}/progress`, '{"percent":50}'));
    this.#hands.later(latencyMs, () => this.#answer(id, name, data, behaviour));
  }

  #answer(id: string, name: string, data: unknown, behaviour: CommandBehaviour): void {
    const result = this.#outcome(name, data, behaviour);
    this.#result(id, result);
    if (name === REBOOT && result.status === 'succeeded') this.#hands.restart();
  }

  #outcome(name: string, data: unknown, behaviour: CommandBehaviour): Result {
    const {reject, fail, reason = 'not possible now'} = behaviour;
    if (this.#chance.happens(reject)) return {status: 'rejected', reason};
    if (this.#chance.happens(fail)) return {status: 'failed', reason};
    const effect = this.#hands.command(name, data);
    if (!effect.done) return {status: 'rejected', code: effect.code, reason: effect.reason};
    return {status: 'succeeded', ...(effect.data ? {data: effect.data} : {})};
  }

  #update(id: string, data: unknown): void {
    const version = (data as {version?: unknown} | null)?.version;
    if (typeof version !== 'string' || version === '') {
      this.#result(id, {status: 'rejected', code: 'invalid-argument', reason: 'version is not a text'});
      return;
    }
    this.#firmware!.update(version, failure =>
      this.#result(
        id,
        failure === undefined ? {status: 'succeeded', data: {version}} : {status: 'failed', reason: failure},
      ),
    );
  }

  #result(id: string, result: Result): void {
    this.#hands.say(`cmd/${id}/result`, JSON.stringify(result));
    this.#hands.answered();
  }

  #knows(id: string): boolean {
    this.#seen ??= [];
    if (this.#seen.includes(id)) return true;
    this.#seen.push(id);
    if (this.#seen.length > REMEMBERED) this.#seen.shift();
    return false;
  }
}

/** Arguments that are no JSON are refused by whoever needs one. */
function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
  } catch {
    return null;
  }
}
