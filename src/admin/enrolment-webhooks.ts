/** Devices that wait for a webhook: each is asked about once at a time, few at once, and again later when nobody answered. */
import type {EnrolmentGroupRow, RegistrationRow} from '../registry/tables/enrolment.js';
import {askWebhook, type WebhookDecision, type WebhookOptions} from './approval-webhook.js';

export interface WebhookParts extends WebhookOptions {
  keyOf(group: EnrolmentGroupRow): string;
  /** May loopback be called? Where nobody else can reach this platform either. */
  readonly allowLoopback: boolean;
  onDecision(row: RegistrationRow, decision: WebhookDecision): Promise<void>;
  /** Nobody answered, or not so that it can be believed. */
  onFailure(row: RegistrationRow, error: Error): Promise<void>;
}

interface Asked {
  failures: number;
  /** Undefined while it is being asked. */
  againMs: number | undefined;
}

const AT_ONCE = 8;
const ASKED_MAX = 10_000;
const AGAIN_MS = 10_000;
const AGAIN_MS_MAX = 300_000;

/** What a device is told to wait while a webhook is asked. */
const RETRY_AFTER_SEC = 5;
const BUSY_SEC_MAX = 30;

export class EnrolmentWebhooks {
  readonly #parts: WebhookParts;
  readonly #asked = new Map<string, Asked>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /** Begins to ask, unless that goes on already. Gives the seconds after which the device had better come again. */
  readonly ask = (group: EnrolmentGroupRow, row: RegistrationRow): number => {
    const known = this.#asked.get(row.operation);
    const nowMs = this.#parts.clock();
    if (known && known.againMs === undefined) return RETRY_AFTER_SEC;
    if (known?.againMs !== undefined && known.againMs > nowMs)
      return Math.ceil((known.againMs - nowMs) / 1000);
    if (this.#running.size >= AT_ONCE) return RETRY_AFTER_SEC + Math.floor(Math.random() * BUSY_SEC_MAX);
    const asked: Asked = {failures: known?.failures ?? 0, againMs: undefined};
    this.#remember(row.operation, asked);
    const work = this.#ask(group, row, asked).finally(() => this.#running.delete(work));
    this.#running.add(work);
    return RETRY_AFTER_SEC;
  };

  /** Once nothing is being asked any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Asks no longer: whoever waits is asked about again when they come the next time. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.settled();
  }

  async #ask(group: EnrolmentGroupRow, row: RegistrationRow, asked: Asked): Promise<void> {
    const {clock, retryDelaysMs} = this.#parts;
    const {signal} = this.#stop;
    try {
      const decision = await askWebhook(this.#callOf(group, row), {clock, retryDelaysMs, signal});
      await this.#parts.onDecision(row, decision);
      this.#asked.delete(row.operation);
    } catch (error) {
      if (signal.aborted) return;
      asked.againMs = clock() + Math.min(AGAIN_MS * 2 ** asked.failures, AGAIN_MS_MAX);
      asked.failures++;
      await this.#parts.onFailure(row, error as Error).catch(() => undefined);
    }
  }

  #callOf(group: EnrolmentGroupRow, row: RegistrationRow) {
    const {serial = null, hardwareId = null} = JSON.parse(row.request ?? '{}') as Record<string, string>;
    return {
      url: group.webhook ?? '',
      key: this.#parts.keyOf(group),
      allowPrivate:
        group.allow_private === 1 || (this.#parts.allowLoopback && isLoopbackUrl(group.webhook ?? '')),
      body: {
        type: 'enrolment.request',
        id: row.operation,
        tenant: row.tenant,
        group: group.name,
        registrationId: row.registration_id,
        model: group.model_ref,
        labels: JSON.parse(group.labels) as Record<string, string>,
        serial,
        hardwareId,
        address: row.requested_from,
      },
    };
  }

  #remember(operation: string, asked: Asked): void {
    this.#asked.delete(operation);
    if (this.#asked.size >= ASKED_MAX)
      for (const oldest of [...this.#asked.keys()].slice(0, 1)) this.#asked.delete(oldest);
    this.#asked.set(operation, asked);
  }
}

/** By its address, not by a name that could mean anything. */
export const isLoopbackUrl = (url: string): boolean =>
  /^https?:\/\/(?:127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:\/|$)/.test(url);
