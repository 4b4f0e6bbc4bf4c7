/** Sends messages in their order, never more unacknowledged ones than the broker takes (MQTT 5, 3.3.4). */
import type {QoS} from '../../../client/mqtt-connect.js';
import type {EncodedTopic} from '../../wire/encoded-topic.js';
import type {MqttClient} from '../../wire/mqtt-client.js';
import type {EncodedProperties} from '../../wire/publish-properties.js';

interface Letter {
  readonly topic: EncodedTopic;
  readonly payload: Buffer;
  readonly properties?: EncodedProperties | undefined;
}

export class Outbox {
  readonly #client: MqttClient;
  readonly #qos: QoS;
  #waiting: Letter[] = [];
  #unacknowledged = 0;
  #unacknowledgedMax = 0;

  constructor(client: MqttClient, qos: QoS) {
    this.#client = client;
    this.#qos = qos;
  }

  add(letter: Letter): void {
    this.#waiting.push(letter);
    this.#pump();
  }

  acknowledged(): void {
    this.#unacknowledged--;
    this.#pump();
  }

  connected(receiveMaximum: number): void {
    this.#unacknowledged = 0;
    this.#unacknowledgedMax = receiveMaximum;
    this.#pump();
  }

  /** What nobody acknowledged is not sent again: who waits for an answer counts it as lost. */
  lost(): void {
    this.#unacknowledgedMax = 0;
    this.#waiting = [];
  }

  #pump(): void {
    let sent = 0;
    while (sent < this.#waiting.length && this.#unacknowledged < this.#unacknowledgedMax) {
      const {topic, payload, properties} = this.#waiting[sent++]!;
      const packetId = this.#qos > 0 ? this.#client.nextPacketId() : undefined;
      if (this.#qos > 0) this.#unacknowledged++;
      this.#client.writePublish(topic, this.#qos, payload, {packetId, properties});
    }
    if (sent === 0) return;
    this.#waiting.splice(0, sent);
    this.#client.flush();
  }
}
