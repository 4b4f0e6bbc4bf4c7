/** A device that answers commands over topics at once: to the response topic, with what marks the command. */
import {nowMs} from '../../measure/clock.js';
import {encodeTopic} from '../../wire/encoded-topic.js';
import type {MqttClient} from '../../wire/mqtt-client.js';
import type {MessageDetails} from '../../wire/packet-reader.js';
import {encodePublishProperties} from '../../wire/publish-properties.js';
import {readResponseProperties} from '../../wire/response-properties.js';
import type {Stamp} from '../stamp.js';
import {CommandClient} from './command-client.js';
import type {RequesterContext} from './requester-context.js';

export class Responder extends CommandClient {
  declare protected readonly context: RequesterContext;

  message(_: MqttClient, _topic: Buffer, payload: Buffer, {properties}: MessageDetails): void {
    if (this.context.plan.protocolVersion === 5) this.#answer5(payload, properties);
    else this.#answer4(payload);
  }

  #answer5(payload: Buffer, properties: Buffer | undefined): void {
    const {responseTopic, correlationData} = readResponseProperties(properties);
    const stamp = this.#stampOf(correlationData);
    if (stamp === undefined || responseTopic === undefined) return;
    this.outbox.add({
      topic: encodeTopic(responseTopic.toString()),
      payload: Buffer.from(payload),
      properties: encodePublishProperties({correlationData: correlationData!}),
    });
  }

  #answer4(payload: Buffer): void {
    const stamp = this.#stampOf(payload);
    if (stamp === undefined) return;
    const topic = encodeTopic(this.context.topics.answers(stamp.stream));
    this.outbox.add({topic, payload: Buffer.from(payload)});
  }

  /** What is no command of this run gets no answer. */
  #stampOf(mark: Buffer | undefined): Stamp | undefined {
    const {stamper, measurements} = this.context;
    const stamp = mark && stamper.read(mark, nowMs());
    if (stamp === undefined) measurements.count('foreign');
    return stamp;
  }
}
