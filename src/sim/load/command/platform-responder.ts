/** A device of the platform that takes each command and says at once that it is done. */
import {encodeTopic} from '../../wire/encoded-topic.js';
import type {MqttClient} from '../../wire/mqtt-client.js';
import {CommandClient} from './command-client.js';

const NOTHING = Buffer.from('{}');
const SUCCEEDED = Buffer.from('{"status":"succeeded"}');

export class PlatformResponder extends CommandClient {
  message(_: MqttClient, topic: Buffer): void {
    // …/cmd/{id}/{name}
    const [command, id] = topic.toString().split('/').slice(-3);
    if (command !== 'cmd') return;
    this.outbox.add({topic: encodeTopic(`me/cmd/${id}/ack`), payload: NOTHING});
    this.outbox.add({topic: encodeTopic(`me/cmd/${id}/result`), payload: SUCCEEDED});
  }
}
