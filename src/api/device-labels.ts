/** Labels of the devices whose events someone reads, as far as they may be seen. */
import {decideOnDevice} from '../domain/access.js';
import type {Caller} from '../registry/callers.js';
import type {ApiPorts} from './ports.js';

type Labels = Readonly<Record<string, string>>;

/** What changes is seen after this long at most. */
const RENEW_MS = 10_000;

const NONE: Labels = {};

export class DeviceLabels {
  readonly #ports: Pick<ApiPorts, 'deviceFacts'>;
  readonly #caller: Pick<Caller, 'tenant' | 'access'>;
  readonly #known = new Map<string, {labels: Labels; untilMs: number}>();

  constructor(ports: Pick<ApiPorts, 'deviceFacts'>, caller: Pick<Caller, 'tenant' | 'access'>) {
    this.#ports = ports;
    this.#caller = caller;
  }

  /** Learns the labels of these devices, where they are not known or may have changed. */
  async learn(devices: Iterable<string>): Promise<void> {
    const nowMs = Date.now();
    const unknown = [...new Set(devices)].filter(
      device => device !== '' && (this.#known.get(device)?.untilMs ?? 0) <= nowMs,
    );
    await Promise.all(unknown.map(device => this.#ask(device, nowMs + RENEW_MS)));
  }

  of(device: string): Labels {
    return this.#known.get(device)?.labels ?? NONE;
  }

  async #ask(device: string, untilMs: number): Promise<void> {
    const {tenant, access} = this.#caller;
    const facts = await this.#ports.deviceFacts(tenant, device);
    const seen = facts !== undefined && decideOnDevice(access, 'device:read', facts).allowed;
    this.#known.set(device, {labels: seen ? facts.labels : NONE, untilMs});
  }
}
