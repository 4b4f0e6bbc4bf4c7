/** Labels and models of the devices whose events a consumer reads. */
import type {ConsumerPorts, DeviceTraits} from './ports.js';

/** What changes is seen after this long at most. */
const RENEW_MS = 10_000;
const DEVICES_MAX = 50_000;

const NO_LABELS = {};

export class KnownTraits {
  readonly #ports: Pick<ConsumerPorts, 'deviceTraits'>;
  readonly #tenant: string;
  readonly #known = new Map<string, {traits: DeviceTraits | undefined; untilMs: number}>();

  constructor(ports: Pick<ConsumerPorts, 'deviceTraits'>, tenant: string) {
    this.#ports = ports;
    this.#tenant = tenant;
  }

  /** Learns what is not known of these, or may have changed. */
  async learn(devices: Iterable<string>): Promise<void> {
    const nowMs = Date.now();
    if (this.#known.size > DEVICES_MAX) this.#known.clear();
    const unknown = [...new Set(devices)].filter(
      device => device !== '' && (this.#known.get(device)?.untilMs ?? 0) <= nowMs,
    );
    await Promise.all(
      unknown.map(async device => {
        const traits = await this.#ports.deviceTraits({tenant: this.#tenant, device});
        this.#known.set(device, {traits, untilMs: nowMs + RENEW_MS});
      }),
    );
  }

  traitsOf(device: string): DeviceTraits | undefined {
    return this.#known.get(device)?.traits;
  }

  /** None for a device that is not there. */
  of(device: string): Readonly<Record<string, string>> {
    return this.traitsOf(device)?.labels ?? NO_LABELS;
  }
}
