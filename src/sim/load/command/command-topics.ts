/** Which device a command is for, where it goes to, and where its answer. */
import {type EncodedTopic, encodeTopic} from '../../wire/encoded-topic.js';
import type {Identities, Identity} from '../identity.js';
import type {LoadPlan, PlannedCommands} from '../plan.js';
import {TopicTemplate} from '../topic-template.js';

const ANSWERS = new TopicTemplate('bench/{run}/answers/{i}');

export class CommandTopics {
  readonly #plan: LoadPlan;
  readonly #commands: PlannedCommands;
  readonly #identities: Identities;
  #template: TopicTemplate | undefined;
  readonly #requests = new Map<number, EncodedTopic>();
  readonly #answers = new Map<number, string>();

  constructor(plan: LoadPlan, commands: PlannedCommands, identities: Identities) {
    this.#plan = plan;
    this.#commands = commands;
    this.#identities = identities;
  }

  /** The commands of all requesters go round all devices. */
  deviceOf(requester: number, sequence: number): number {
    const {clients, devices} = this.#commands;
    return (sequence * clients + requester) % devices;
  }

  request(requester: number, sequence: number): EncodedTopic {
    const device = this.deviceOf(requester, sequence);
    let topic = this.#requests.get(device);
    if (topic === undefined) {
      topic = encodeTopic(this.ofDevice(device));
      this.#requests.set(device, topic);
    }
    return topic;
  }

  ofDevice(device: number): string {
    this.#template ??= new TopicTemplate(this.#commands.topic);
    return this.#template.text(this.device(device));
  }

  answers(requester: number): string {
    let topic = this.#answers.get(requester);
    if (topic === undefined) {
      topic = ANSWERS.text(this.requester(requester));
      this.#answers.set(requester, topic);
    }
    return topic;
  }

  device(index: number): Identity {
    return this.#identities.of('res', this.#plan.start + index, index);
  }

  requester(index: number): Identity {
    return this.#identities.of('req', this.#plan.start + index, this.#commands.devices + index);
  }
}
