/** The devices that the reader of an open stream may see, as they are now. */
import type {FastifyRequest} from 'fastify';
import {visibleDevices} from './access.js';
import type {ApiPorts} from './ports.js';

/** What changes is seen after this long at most. */
const RENEW_MS = 500;

export class DeviceView {
  readonly #ports: ApiPorts;
  readonly #request: FastifyRequest;
  readonly #timer: NodeJS.Timeout;
  /** Undefined: all of them. */
  #devices: ReadonlySet<string> | undefined;

  constructor(ports: ApiPorts, request: FastifyRequest, devices: readonly string[] | undefined) {
    this.#ports = ports;
    this.#request = request;
    this.#devices = devices && new Set(devices);
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS).unref();
  }

  readonly has = (device: string): boolean => this.#devices === undefined || this.#devices.has(device);

  close(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    try {
      const devices = await visibleDevices(this.#ports, this.#request);
      this.#devices = devices && new Set(devices);
    } catch {
      // Whoever may not read any more is cut off elsewhere; until then, and while nobody can tell, nothing new is shown.
      this.#devices = new Set();
    }
  }
}
