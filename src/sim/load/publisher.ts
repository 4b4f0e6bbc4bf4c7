/** A client that publishes: what is due, as soon as its connection and the limit of what is in flight let it. */
import {nowMs} from '../measure/clock.js';
import type {EncodedTopic} from '../wire/encoded-topic.js';
import type {MqttClient} from '../wire/mqtt-client.js';
import type {ConnackDetails} from '../wire/mqtt-client-options.js';
import type {PayloadSource} from '../wire/payload-source.js';
import {reasonName} from '../wire/reason-codes.js';
import type {Route} from './endpoints.js';
import type {Identity} from './identity.js';
import {InFlight} from './in-flight.js';
import {type ClientContext, LoadClient} from './load-client.js';
import type {CurrentMessage} from './message.js';
import type {MessageWriter} from './message-writer.js';
import type {PlannedPublishers} from './plan.js';
import type {Sender} from './sender.js';
import type {TopicTemplate} from './topic-template.js';

export interface PublisherContext extends ClientContext {
  readonly publish: PlannedPublishers;
  readonly topic: TopicTemplate;
  readonly writer: MessageWriter;
  readonly current: CurrentMessage;
  /** On the clock of the run. Without a rate it is due when it is sent. */
  dueMs(publisher: number, sequence: number, sentMs: number): number;
  /** It has more to send than it may in one turn. */
  hungry(publisher: Publisher): void;
  inFlight(change: 1 | -1): void;
}

/** So many messages are put together before the kernel gets them. */
const BATCH_MAX = 64;
/** One publisher sends no more before others have their turn. */
const TURN_MAX = 256;
/** The clock is read again after so many. */
const CLOCK_EVERY = 16;
/** What the kernel has not taken yet: more of QoS 0, which nobody acknowledges, would only fill memory. */
const UNWRITTEN_BYTES_MAX = 64 * 1024;
/**
 * The kernel takes megabytes of QoS 0 that the broker has not read: they would be counted as sent. So a ping follows each so many
 * bytes, and with so many pings unanswered a publisher waits.
 */
const PING_EVERY_BYTES = 64 * 1024;
const PINGS_MAX = 4;

export class Publisher extends LoadClient implements Sender {
  readonly index: number;
  /** Messages that are due or were; the sequence of the next one to be sent. */
  released = 0;
  next = 0;
  /** It is on the list of those whose turn it is next. */
  isHungry = false;
  declare protected readonly context: PublisherContext;
  readonly #topic: EncodedTopic;
  readonly #payload: PayloadSource;
  readonly #inFlight = new InFlight();
  #window = 0;
  #bytesSincePing = 0;
  #pings = 0;
  /** Something other than this process made it wait. */
  #held = false;

  constructor(
    context: PublisherContext,
    {index, identity}: {readonly index: number; readonly identity: Identity},
    route: Route,
  ) {
    super(context, identity, route);
    this.index = index;
    this.#topic = context.topic.encoded(identity);
    this.#payload = context.writer.payloadOf(index);
  }

  /** Everything is sent, and acknowledged. */
  get isDone(): boolean {
    return this.outstanding === 0;
  }

  /** Messages that are due and not sent, or not acknowledged. */
  get outstanding(): number {
    return this.released - this.next + this.#inFlight.count;
  }

  /** Sends what is due and may be sent; when that is much, the rest in its next turn. */
  pump(): void {
    this.isHungry = false;
    if (this.#fill(nowMs())) this.mqtt.flush();
  }

  /** The same without a flush at its end; false when there was nothing to send. */
  #fill(atMs: number): boolean {
    const first = this.next;
    let sentMs = atMs;
    while (this.next < this.released && this.next - first < TURN_MAX) {
      const done = this.next - first;
      if (done > 0 && done % BATCH_MAX === 0) this.mqtt.flush();
      if (!this.#maySend()) {
        this.#held = true;
        break;
      }
      if (done > 0 && done % CLOCK_EVERY === 0) sentMs = nowMs();
      this.#send(sentMs);
    }
    if (this.next === this.released) this.#held = false;
    else if (this.next - first === TURN_MAX && !this.isHungry) {
      this.isHungry = true;
      this.context.hungry(this);
    }
    return this.next > first;
  }

  drained(): void {
    this.pump();
  }

  pingAnswered(): void {
    if (this.#pings > 0) this.#pings--;
    if (this.next < this.released) this.#fill(nowMs());
  }

  acknowledged(_: MqttClient, packetId: number, reasonCode: number): void {
    const {measurements} = this.context;
    const dueMs = this.#inFlight.dueMs(packetId);
    const sentMs = this.#inFlight.sentMs(packetId);
    if (!this.#inFlight.remove(packetId)) return;
    this.context.inFlight(-1);
    const atMs = nowMs();
    if (reasonCode >= 0x80) measurements.fail('publish', reasonName(reasonCode));
    else {
      measurements.count('acknowledged');
      measurements.latency('puback', atMs - dueMs, atMs - sentMs);
    }
    if (this.next < this.released) this.#refill(atMs);
  }

  /**
   * What may be sent because something was acknowledged. It leaves when the whole chunk of acknowledgements is read; at full speed when
   * half of the window is free or at the next turn, whichever is first: brokers acknowledge one by one, and a write for each
   * costs more than all else that is done for a message.
   */
  #refill(atMs: number): void {
    const free = this.#window - this.#inFlight.count;
    if (this.context.publish.rate !== null || free * 2 >= this.#window) this.#fill(atMs);
    else if (!this.isHungry) {
      this.isHungry = true;
      this.context.hungry(this);
    }
  }

  /** Counts what was not acknowledged and what was not sent at all, at the end of a run. */
  account({unsentCounts}: {readonly unsentCounts: boolean}): void {
    const {measurements} = this.context;
    if (this.#inFlight.count > 0) measurements.count('unacknowledged', this.#inFlight.count);
    const unsent = this.released - this.next;
    if (unsentCounts && unsent > 0 && unsent < Infinity) measurements.fail('publish', 'not-sent', unsent);
  }

  protected override ready(connack: ConnackDetails): void {
    const {publish, measurements} = this.context;
    this.#window = Math.min(publish.inflight, connack.receiveMaximum);
    if (publish.qos > connack.maximumQos) {
      measurements.fail('publish', 'qos-not-supported');
      this.#window = 0;
    } else {
      this.#repeat(connack.sessionPresent);
      this.pump();
    }
    this.settle();
  }

  protected override gone(): void {
    this.#held = true;
    this.#bytesSincePing = 0;
    this.#pings = 0;
  }

  #maySend(): boolean {
    if (!this.mqtt.connected || this.#window === 0) return false;
    if (this.context.publish.qos > 0) return this.#inFlight.count < this.#window;
    return this.#pings < PINGS_MAX && this.mqtt.writableLength < UNWRITTEN_BYTES_MAX;
  }

  #send(sentMs: number): void {
    const {context} = this;
    const {publish, measurements} = context;
    const sequence = this.next;
    const dueMs = context.dueMs(this.index, sequence, sentMs);
    if (!this.#held) measurements.scheduleLag(Math.max(0, sentMs - dueMs));
    let packetId: number | undefined;
    if (publish.qos > 0) {
      packetId = this.#inFlight.add(sequence, dueMs, sentMs);
      context.inFlight(1);
    }
    this.next++;
    this.#write(sequence, dueMs, sentMs, {packetId, dup: false});
    measurements.count('sent');
    if (publish.qos === 0) this.#pingSometimes();
  }

  #pingSometimes(): void {
    this.#bytesSincePing += this.#topic.length + this.#payload.maxBytes;
    if (this.#bytesSincePing < PING_EVERY_BYTES) return;
    this.#bytesSincePing = 0;
    this.#pings++;
    this.mqtt.ping();
  }

  /** What a lost connection left unacknowledged is sent once more, as QoS 1 and 2 promise. */
  #repeat(sessionPresent: boolean): void {
    for (const {packetId, sequence, dueMs} of this.#inFlight.all()) {
      this.#write(sequence, dueMs, nowMs(), {packetId, dup: sessionPresent});
      this.context.measurements.count('repeated');
    }
  }

  #write(
    sequence: number,
    dueMs: number,
    sentMs: number,
    how: {packetId: number | undefined; dup: boolean},
  ): void {
    const {current, topic, writer} = this.context;
    current.stream = this.index;
    current.sequence = sequence;
    current.dueMs = dueMs;
    current.sentMs = sentMs;
    current.identity = this.identity;
    const encoded = topic.changes ? topic.encoded(this.identity, sequence) : this.#topic;
    writer.write(this.mqtt, encoded, this.#payload, how);
  }
}
