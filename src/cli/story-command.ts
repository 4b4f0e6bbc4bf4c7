/** What the commands share that follow what happens to a device. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {until} from '../client/until.js';
import type {CloudEvent} from '../domain/cloud-event.js';
import {IotctlCommand} from './command.js';
import {storyText} from './device-story.js';
import {listenForEnding} from './ending.js';
import type {Columns} from './output.js';
import {storyLine} from './story-line.js';

const COLUMNS: Columns<CloudEvent> = {
  offset: event => event.offset,
  time: event => event.time,
  type: event => event.type,
  what: event => storyText(event),
};

export const storyArgs = {
  id: Args.string({required: true, description: 'the id of the device'}),
};

export const storyFlags = {
  last: Flags.integer({char: 'n', min: 0, default: 10, description: 'how many events to begin with'}),
  follow: Flags.boolean({
    char: 'f',
    allowNo: true,
    default: true,
    description: 'go on with new events [default: true]',
  }),
};

export abstract class StoryCommand extends IotctlCommand {
  /** `type` says which events are told. Resolves to how many were. */
  protected async tellStory(
    device: string,
    type: string,
    {last, follow}: {last: number; follow: boolean},
  ): Promise<number> {
    const api = await this.api();
    // One that is not there is an error, not an empty story.
    await api.getDevice(device);
    using ending = listenForEnding();
    const events = api.tail({device, type, last, follow, signal: ending.signal});
    return await this.printStream(until(events, ending.signal), COLUMNS, storyLine);
  }
}
