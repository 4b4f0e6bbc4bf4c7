/** What happened to a fleet's messages. Nothing is counted twice, and nothing is left out. */
import {Histogram} from './histogram.js';

export interface FleetReport {
  readonly devices: number;
  readonly connected: number;
  readonly refusedConnections: number;
  readonly reconnects: number;
  readonly sent: number;
  readonly acknowledged: number;
  /** Sent, and not acknowledged when the fleet ended. */
  readonly lost: number;
  /** Sent once more, on a new connection. */
  readonly repeated: number;
  readonly commandsAnswered: number;
  readonly durationMs: number;
  readonly messagesPerSec: number;
  readonly connectionsPerSec: number;
  /** From when a message was due until its PUBACK. */
  readonly latencyMs: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  };
}

export class FleetStatistics {
  readonly #latencies = new Histogram();
  readonly #onAcknowledged: ((payload: Buffer) => void) | undefined;
  connectedNow = 0;
  everConnected = 0;
  refusedConnections = 0;
  sentTotal = 0;
  acknowledgedTotal = 0;
  repeatedTotal = 0;
  answeredTotal = 0;
  abandonedTotal = 0;
  lostConnections = 0;
  lastReturnCode = 0;

  constructor(onAcknowledged?: (payload: Buffer) => void) {
    this.#onAcknowledged = onAcknowledged;
  }

  connected(): void {
    this.connectedNow++;
    this.everConnected++;
  }

  refused(returnCode: number): void {
    this.refusedConnections++;
    this.lastReturnCode = returnCode;
  }

  lostConnection(): void {
    this.lostConnections++;
    if (this.connectedNow > 0) this.connectedNow--;
  }

  sent(): void {
    this.sentTotal++;
  }

  repeated(): void {
    this.repeatedTotal++;
  }

  answered(): void {
    this.answeredTotal++;
  }

  abandoned(count: number): void {
    this.abandonedTotal += count;
  }

  acknowledged(latencyMs: number, payload: Buffer): void {
    this.acknowledgedTotal++;
    this.#latencies.add(latencyMs);
    this.#onAcknowledged?.(payload);
  }

  report(fleet: {devices: number; durationMs: number; connectMs: number}): FleetReport {
    const {devices, durationMs, connectMs} = fleet;
    return {
      devices,
      connected: Math.min(devices, this.everConnected),
      refusedConnections: this.refusedConnections,
      reconnects: Math.max(0, this.everConnected - devices),
      sent: this.sentTotal,
      acknowledged: this.acknowledgedTotal,
      lost: this.sentTotal - this.acknowledgedTotal,
      repeated: this.repeatedTotal,
      commandsAnswered: this.answeredTotal,
      durationMs: Math.round(durationMs),
      messagesPerSec: Math.round((this.acknowledgedTotal * 1000) / Math.max(1, durationMs)),
      connectionsPerSec: Math.round((Math.min(devices, this.everConnected) * 1000) / Math.max(1, connectMs)),
      latencyMs: {
        p50: rounded(this.#latencies.percentile(0.5)),
        p90: rounded(this.#latencies.percentile(0.9)),
        p99: rounded(this.#latencies.percentile(0.99)),
        max: rounded(this.#latencies.maxMs),
      },
    };
  }
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
