import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {storyText} from '../../../cli/device-story.js';
import {listenForEnding} from '../../../cli/ending.js';
import type {Columns} from '../../../cli/output.js';
import {storyLine} from '../../../cli/story-line.js';
import {until} from '../../../client/until.js';
import type {CloudEvent} from '../../../domain/cloud-event.js';

const COLUMNS: Columns<CloudEvent> = {
  offset: event => event.offset,
  time: event => event.time,
  type: event => event.type,
  what: event => storyText(event),
};

export default class DeviceTwinWatch extends IotctlCommand {
  static override summary =
    'Follow a device’s twin: what is desired, what it reports and acknowledges, as it happens.';

  static override examples = ['<%= config.bin %> device twin watch lamp-1'];

  static override args = {
    id: Args.string({required: true, description: 'the id of the device'}),
  };

  static override flags = {
    last: Flags.integer({char: 'n', min: 0, default: 10, description: 'how many events to begin with'}),
    follow: Flags.boolean({
      char: 'f',
      allowNo: true,
      default: true,
      description: 'go on with new events [default: true]',
    }),
  };

  async run(): Promise<number> {
    const {args, flags} = await this.parse(DeviceTwinWatch);
    const api = await this.api();
    // One that is not there is an error, not an empty story.
    await api.getDevice(args.id);
    using ending = listenForEnding();
    const {last, follow} = flags;
    const events = api.tail({device: args.id, type: 'twin.*', last, follow, signal: ending.signal});
    return await this.printStream(until(events, ending.signal), COLUMNS, storyLine);
  }
}
