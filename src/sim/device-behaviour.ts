/** What one simulated device says and does; no socket, no clock. */

import type {SimulatedDevice} from './model/simulated-device.js';
import type {SimulatedModel} from './model/simulated-model.js';
import type {PayloadSource} from './wire/payload-source.js';

export interface CommandAnswer {
  readonly status: 'succeeded' | 'rejected';
  readonly [detail: string]: unknown;
}

/** Something that has payloads to send and answers commands. */
export interface Behaviour {
  /** The next reading, as the bytes of its payload. */
  payload(nowMs: number): Buffer;
  command(name: string, data: unknown): CommandAnswer;
}

export class ModelledDevice implements Behaviour {
  readonly #device: SimulatedDevice;
  readonly #payloads: PayloadSource;

  constructor(model: SimulatedModel, seed: number, index: number) {
    this.#device = model.device(seed, index);
    this.#payloads = this.#device.payloads()!;
  }

  payload(nowMs: number): Buffer {
    const bytes = Buffer.allocUnsafe(this.#payloads.maxBytes);
    return bytes.subarray(0, this.#payloads.write(bytes, 0, nowMs));
  }

  command(name: string, data: unknown): CommandAnswer {
    const effect = this.#device.command(name, data);
    if (!effect.done) return {status: 'rejected', code: effect.code, reason: effect.reason};
    return effect.data ? {status: 'succeeded', data: effect.data} : {status: 'succeeded'};
  }
}
