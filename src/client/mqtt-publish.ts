/**
 * Publishes a stream of payloads over one connection, with bounded memory, and counts what the broker has taken.
 *
 * QoS 1 and 2 are counted by their acknowledgements. QoS 0 has none, so PINGREQ serves as a fence: a broker reads
 * its packets in order, and its PINGRESP means that it has read everything before.
 */
import type {MqttClient} from 'mqtt';
import type {IotctlError} from '../domain/errors.js';
import {type Connection, type QoS, refusal} from './mqtt-connect.js';
import {until} from './until.js';

export interface PublishOptions {
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Messages that may be without an answer at one time; the broker's own limit holds too. */
  readonly inflightMax: number;
  /** Told after each batch how many have been published. */
  readonly onPublished?: (published: number) => void;
}

interface PublishCounts {
  /** Handed to the connection. */
  readonly published: number;
  /** Acknowledged (QoS 1 and 2), or read by the broker (QoS 0). */
  readonly acknowledged: number;
  /** Answered with a reason code that is a failure. */
  readonly refused: number;
}

export interface PublishResult extends PublishCounts {
  /** Why it ended before everything was acknowledged, if it did. */
  readonly problem: IotctlError | undefined;
}

/** Messages of QoS 0 between two fences. */
const FENCE_EVERY = 1000;

/**
 * Publishes all payloads in their order, then waits until each is acknowledged. Payloads come in batches, as they
 * are read. Stops at the first refusal or when the connection is lost: `problem` says so, and the counts are exact.
 */
export async function publishAll(
  connection: Connection,
  batches: AsyncIterable<readonly Uint8Array[]>,
  options: PublishOptions,
): Promise<PublishResult> {
  const publisher =
    options.qos === 0 ? new FencedPublisher(connection, options) : new AckedPublisher(connection, options);
  await publisher.publishBatches(batches);
  await publisher.finish();
  return publisher.result();
}

abstract class Publisher {
  protected published = 0;
  protected acknowledged = 0;
  protected refused = 0;
  protected problem: IotctlError | undefined;
  protected readonly client: MqttClient;
  /** Wakes whoever waits for room or for the end. */
  private wake: () => void = () => undefined;

  constructor(
    protected readonly connection: Connection,
    protected readonly options: PublishOptions,
  ) {
    this.client = connection.client;
    connection.ended.addEventListener('abort', () => this.stop(connection.lost()));
  }

  async publishBatches(batches: AsyncIterable<readonly Uint8Array[]>): Promise<void> {
    // A lost connection is told at once, even while the next line is minutes away.
    for await (const batch of until(batches, this.connection.ended)) {
      for (const payload of batch) {
        while (!this.stopped && this.isFull()) await this.change();
        if (this.stopped) return;
        this.published++;
        this.send(payload);
      }
      this.options.onPublished?.(this.published);
    }
  }

  /** Waits until all is acknowledged, or never will be. */
  async finish(): Promise<void> {
    while (!this.stopped && this.acknowledged < this.published) await this.change();
  }

  result(): PublishResult {
    const {published, acknowledged, refused, problem} = this;
    return {published, acknowledged, refused, problem};
  }

  protected abstract isFull(): boolean;
  protected abstract send(payload: Uint8Array): void;

  protected get stopped(): boolean {
    return this.problem !== undefined || !this.client.connected;
  }

  protected stop(problem: IotctlError | undefined): void {
    this.problem ??= problem;
    this.changed();
  }

  protected changed(): void {
    this.wake();
  }

  private change(): Promise<void> {
    return new Promise(resolve => {
      this.wake = resolve;
    });
  }
}

/** QoS 1 and 2. */
class AckedPublisher extends Publisher {
  private readonly windowMax = Math.min(this.options.inflightMax, this.connection.receiveMaximum);

  protected isFull(): boolean {
    return this.published - this.acknowledged - this.refused >= this.windowMax;
  }

  protected send(payload: Uint8Array): void {
    const {topic, qos, retain} = this.options;
    this.client.publish(topic, asBuffer(payload), {qos, retain}, error => {
      if (error) this.refuse(error);
      else this.acknowledged++;
      this.changed();
    });
  }

  private refuse(error: Error & {code?: unknown}): void {
    // Without a reason code the connection has gone, and that is told by its own event.
    if (typeof error.code !== 'number') return;
    this.refused++;
    this.stop(refusal(error.code, `the broker refused a message on ${JSON.stringify(this.options.topic)}`));
  }
}

/** QoS 0. */
class FencedPublisher extends Publisher {
  /** How many messages lay before each ping that has no answer yet; the client's own pings count too. */
  private readonly fences: number[] = [];
  private draining = false;
  private fenced = 0;

  constructor(connection: Connection, options: PublishOptions) {
    super(connection, options);
    this.client.on('packetsend', packet => {
      if (packet.cmd === 'pingreq') this.fences.push(this.published);
    });
    this.client.on('packetreceive', packet => {
      if (packet.cmd !== 'pingresp') return;
      this.acknowledged = Math.max(this.acknowledged, this.fences.shift() ?? 0);
      this.changed();
    });
  }

  override async finish(): Promise<void> {
    if (!this.stopped) this.fence();
    await super.finish();
  }

  protected isFull(): boolean {
    return this.draining || this.published - this.acknowledged >= FENCE_EVERY + this.options.inflightMax;
  }

  protected send(payload: Uint8Array): void {
    const {topic, retain} = this.options;
    let written = false;
    this.client.publish(topic, asBuffer(payload), {qos: 0, retain}, () => {
      written = true;
      if (!this.draining) return;
      this.draining = false;
      this.changed();
    });
    // The callback comes at once while the socket has room, else when it has drained.
    this.draining = !written;
    if (this.published - this.fenced >= FENCE_EVERY) this.fence();
  }

  private fence(): void {
    this.fenced = this.published;
    this.client.sendPing();
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
